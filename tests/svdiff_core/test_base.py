import json
import shutil
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from svdiff_core.base import Base, load_base
from svdiff_core.errors import BaseInvalid, SpecInvalid
from svdiff_core.families import stable_diffusion
from svdiff_core.families.stable_diffusion import StableDiffusion
from svdiff_core.parameters.recipe import Recipe
from svdiff_core.shift.file import dump
from svdiff_core.training.loop import Training
from svdiff_core.training.subjects import Subject
from tests.tiny_pipeline import write_tiny_pipeline


@pytest.fixture
def folder(tiny_pipeline: Path, tmp_path: Path) -> Path:
    """A copy of the tiny pipeline that a test may damage."""
    return Path(shutil.copytree(tiny_pipeline, tmp_path / "copy"))


def card(folder: Path, **fields: object) -> None:
    """Replace fields of the folder's svdiff.json."""
    path = folder / "svdiff.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), **fields}))


def test_a_base_knows_its_recipe(base: Base) -> None:
    """Resolution and recommended settings come from svdiff.json."""
    assert base.recipe.resolution == 32
    assert base.recipe.generation == {"steps": 3, "guidance": 4.0}
    assert base.recipe.fine_tune["prior_count"] == 3


def test_without_a_card_a_base_has_the_defaults_of_its_model(folder: Path, factors_dir: Path, base: Base) -> None:
    """A plain Stable Diffusion folder loads: same fingerprint, resolution from the UNet, no recipe of its own."""
    (folder / "svdiff.json").unlink()
    plain = load_base(folder, factors_dir=factors_dir)
    assert plain.fingerprint == base.fingerprint
    assert (plain.recipe.resolution, plain.recipe.fine_tune) == (32, {})


def test_a_loaded_base_costs_no_svd(
    tiny_pipeline: Path, factors_dir: Path, base: Base, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Once the factors are stored, loading never decomposes anything."""

    def forbidden(*_args: object, **_options: object) -> Tensor:
        raise AssertionError("an SVD at load")

    monkeypatch.setattr(torch.linalg, "svd", forbidden)
    again = load_base(tiny_pipeline, factors_dir=factors_dir)
    assert again.fingerprint == base.fingerprint


def test_an_fp16_folder_and_its_fp32_upcast_are_one_base(tmp_path: Path) -> None:
    """Stored in half precision or as the same values in float32, the fingerprint is one; other weights differ."""
    half = load_base(write_tiny_pipeline(tmp_path / "half", dtype="float16"), factors_dir=tmp_path)
    parts: dict[str, Any] = dict(half.family.parts)
    for part, module in parts.items():
        module.save_pretrained(tmp_path / "half" / part)  # float32 now
    assert load_base(tmp_path / "half", factors_dir=tmp_path).fingerprint == half.fingerprint
    other = load_base(write_tiny_pipeline(tmp_path / "other", seed=1), factors_dir=tmp_path)
    assert other.fingerprint != half.fingerprint


def test_the_dtype_of_the_load_does_not_change_the_fingerprint(tiny_pipeline: Path, tmp_path: Path, base: Base) -> None:
    """In bfloat16 the base is the same base, and its weights and factors are bfloat16."""
    half = load_base(tiny_pipeline, factors_dir=tmp_path, dtype="bfloat16")
    assert half.fingerprint == base.fingerprint
    assert half.family.unet.conv_in.weight.dtype == torch.bfloat16
    assert half.factors.matrices["unet.conv_in"].U.dtype == torch.bfloat16


class WrappedTextEncoder(nn.Module):
    """A text encoder within a child, as some versions of transformers build it."""

    def __init__(self, text_model: nn.Module) -> None:
        super().__init__()
        self.text_model = text_model
        self.config = text_model.config

    def forward(self, ids: Tensor, *, return_dict: bool) -> object:
        """The child's answer."""
        return self.text_model(ids, return_dict=return_dict)


def test_fingerprint_and_layer_names_do_not_depend_on_a_wrapper_of_the_text_encoder(
    tiny_pipeline: Path, factors_dir: Path, base: Base, subject: Subject, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A text encoder whose layers lie under `text_model.` gives the same base, and trains the same shift."""

    def load_wrapped(source: str, **options: Any) -> StableDiffusion:
        family = load_family(source, **options)
        return replace(family, text_encoder=WrappedTextEncoder(family.text_encoder))

    load_family = stable_diffusion.load
    monkeypatch.setattr(stable_diffusion, "load", load_wrapped)
    wrapped = load_base(tiny_pipeline, factors_dir=factors_dir)
    assert "text_model.final_layer_norm" in dict(wrapped.family.text_encoder.named_modules())
    assert (wrapped.fingerprint, wrapped.shapes) == (base.fingerprint, base.shapes)

    recipe = Recipe(steps=2, batch_size=2, prior_loss_weight=0, learning_rate=0.01, learning_rate_1d=0.01)
    trainings = [Training(each, subject, recipe, seed=0) for each in (base, wrapped)]
    for training in trainings:
        assert len([*training.steps()]) == recipe.steps
    expected, trained = (training.shift() for training in trainings)
    assert any(delta.any() for name, delta in trained.deltas.items() if name.startswith("text_encoder."))
    assert dump(trained) == dump(expected)


def test_a_wrong_fingerprint_on_the_card_is_refused(folder: Path, factors_dir: Path) -> None:
    """Weights that are not those the card promises do not load."""
    card(folder, fingerprint="svd1-other")
    with pytest.raises(BaseInvalid, match="svd1-other"):
        load_base(folder, factors_dir=factors_dir)


def test_the_right_fingerprint_on_the_card_is_accepted(folder: Path, factors_dir: Path, base: Base) -> None:
    """A card that names its own weights loads."""
    card(folder, fingerprint=base.fingerprint)
    assert load_base(folder, factors_dir=factors_dir).fingerprint == base.fingerprint


@pytest.mark.parametrize(
    ("missing", "what"),
    [
        ("unet", "unet"),
        ("text_encoder", "text encoder"),
        ("vae", "autoencoder"),
        ("tokenizer", "tokenizer"),
        ("scheduler", "scheduler"),
    ],
)
def test_a_missing_part_is_named(folder: Path, factors_dir: Path, missing: str, what: str) -> None:
    """The error says which part of the base is missing."""
    shutil.rmtree(folder / missing)
    with pytest.raises(BaseInvalid, match=what):
        load_base(folder, factors_dir=factors_dir)


@pytest.mark.parametrize(
    ("file", "key"),
    [
        ("unet/diffusion_pytorch_model.safetensors", "conv_in.weight"),
        ("text_encoder/model.safetensors", "final_layer_norm.weight"),
        ("vae/diffusion_pytorch_model.safetensors", "decoder.conv_out.bias"),
    ],
)
def test_a_missing_weight_is_never_made_up(folder: Path, factors_dir: Path, file: str, key: str) -> None:
    """A file that lacks one tensor is refused by that tensor's name, not completed with random numbers."""
    tensors = load_file(folder / file)
    [name] = [name for name in tensors if name.endswith(key)]
    del tensors[name]
    save_file(tensors, folder / file, metadata={"format": "pt"})
    with pytest.raises(BaseInvalid, match=key):
        load_base(folder, factors_dir=factors_dir)


def test_a_pickle_is_never_read(folder: Path, factors_dir: Path) -> None:
    """A folder whose UNet is stored as a pickle is refused, even if torch could read it."""
    (folder / "unet" / "diffusion_pytorch_model.safetensors").unlink()
    torch.save({}, folder / "unet" / "diffusion_pytorch_model.bin")
    with pytest.raises(BaseInvalid, match="unet"):
        load_base(folder, factors_dir=factors_dir)


@pytest.mark.parametrize(
    "content", ["not json", "[]", '{"family": "other"}', '{"resolution": "big"}', '{"fine_tune": []}']
)
def test_a_broken_card_is_refused(folder: Path, factors_dir: Path, content: str) -> None:
    """A card that is not what it should be raises BaseInvalid."""
    (folder / "svdiff.json").write_text(content)
    with pytest.raises(BaseInvalid):
        load_base(folder, factors_dir=factors_dir)


def test_a_source_that_is_nowhere_is_refused(tmp_path: Path) -> None:
    """Neither a folder nor a hub id that can be had."""
    with pytest.raises(BaseInvalid, match="nowhere/at-all"):
        load_base("nowhere/at-all", factors_dir=tmp_path, local_files_only=True)


def test_an_unknown_dtype_is_refused(tiny_pipeline: Path, factors_dir: Path) -> None:
    """Only float32, bfloat16 and float16 are dtypes of a base."""
    with pytest.raises(BaseInvalid, match="int8"):
        load_base(tiny_pipeline, factors_dir=factors_dir, dtype="int8")


@pytest.mark.parametrize(("width", "height", "field"), [(33, 32, "width"), (32, 0, "height"), (-8, 32, "width")])
def test_a_size_the_denoiser_cannot_halve_is_refused(base: Base, width: int, height: int, field: str) -> None:
    """Sizes must be positive multiples of the reduction of autoencoder and UNet."""
    with pytest.raises(SpecInvalid, match=f"'{field}'"):
        base.family.latent_shape(width, height)


def test_a_picture_survives_the_latent_scale(base: Base) -> None:
    """Decoding the mean of an encoded picture is the autoencoder's own reconstruction."""
    picture = torch.rand((2, 3, 32, 32), generator=torch.Generator().manual_seed(0)) * 2 - 1
    mean, std = base.family.encode_pictures(picture)
    with torch.no_grad():
        posterior = base.family.vae.encode(picture).latent_dist
        expected = (base.family.vae.decode(posterior.mean).sample / 2 + 0.5).clamp(0, 1)
    torch.testing.assert_close(base.family.decode_latents(mean), expected)
    torch.testing.assert_close(std, posterior.std * base.family.vae.config.scaling_factor)


def test_bases_can_be_loaded_side_by_side(tiny_pipeline: Path, factors_dir: Path) -> None:
    """Every device of a worker loads in a thread of its own; the weights all arrive."""
    with ThreadPoolExecutor(4) as threads:
        loaded = list(threads.map(lambda _: load_base(tiny_pipeline, factors_dir=factors_dir), range(8)))
    assert len({base.fingerprint for base in loaded}) == 1


def test_a_base_tells_what_it_does_not_read_of_a_prompt(base: Base) -> None:
    """All words beyond the encoder's length, which two marks are a part of; nothing of a prompt that fits."""
    room = base.family.text_encoder.config.max_position_embeddings - 2
    words = ["dog"] * room
    assert base.family.truncated_text(" ".join(words)) == ""
    assert base.family.truncated_text(" ".join([*words, "in", "snow"])) == "in snow"
