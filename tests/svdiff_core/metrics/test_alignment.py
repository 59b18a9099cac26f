"""The metrics: each against its definition, and which of them a base gets."""

import json
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file
from torch import Tensor

from svdiff_core.base import Base, load_base
from svdiff_core.emoji.judge import load_judge
from svdiff_core.emoji.judge_metrics import JudgedAlignment
from svdiff_core.errors import BaseInvalid, MetricInvalid, MetricsUnavailable
from svdiff_core.metrics import lpips
from svdiff_core.metrics.clip import ClipAlignment, load_clip
from svdiff_core.metrics.lookup import MetricFolders, metrics_for
from svdiff_core.metrics.lpips import load_lpips
from tests.tiny_metrics import write_tiny_clip, write_tiny_lpips
from tests.tiny_pipeline import write_tiny_pipeline


@pytest.fixture(scope="module")
def clip_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tiny random CLIP."""
    return write_tiny_clip(tmp_path_factory.mktemp("metrics") / "clip")


@pytest.fixture(scope="module")
def lpips_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """LPIPS of random weights."""
    return write_tiny_lpips(tmp_path_factory.mktemp("metrics") / "lpips")


def pictures(n: int, side: int = 48, seed: int = 0) -> Tensor:
    """Noise, (n, 3, side, side) in [0, 1]."""
    return torch.rand((n, 3, side, side), generator=torch.Generator().manual_seed(seed))


def test_clip_is_the_cosine_of_picture_and_prompt(clip_folder: Path) -> None:
    """Against transformers' own scores of both through the whole model, each prompt beside its picture."""
    from transformers import CLIPImageProcessorPil, CLIPModel, CLIPTokenizer

    prompts = ["a photo of a dog", "a cat in the snow, red and blue"]
    shown = pictures(2)
    measured = load_clip(clip_folder).text_alignment(shown, prompts)
    model = CLIPModel.from_pretrained(clip_folder).eval()
    processor = CLIPImageProcessorPil.from_pretrained(clip_folder)
    arrays = [(255 * picture).round().byte().permute(1, 2, 0).numpy() for picture in shown]
    pixels = processor(images=arrays, return_tensors="pt")["pixel_values"]
    for number, prompt in enumerate(prompts):
        ids = CLIPTokenizer.from_pretrained(clip_folder)([prompt], return_tensors="pt")
        with torch.no_grad():
            out = model(**ids, pixel_values=pixels[number : number + 1])
        a, b = out.text_embeds[0].double(), out.image_embeds[0].double()
        assert float(measured[number]) == pytest.approx(float(a @ b / (a.norm() * b.norm())), abs=1e-5)
    assert measured.shape == (2,)
    assert measured[0] != measured[1]


def test_clip_reads_the_beginning_of_a_prompt_that_is_too_long(clip_folder: Path) -> None:
    """What is beyond the text encoder's length changes nothing."""
    clip, long = load_clip(clip_folder), "a photo of a dog " * 9
    assert torch.equal(
        clip.text_alignment(pictures(1), [long]), clip.text_alignment(pictures(1), [long + "in the snow"])
    )


@pytest.mark.parametrize("missing", ["model.safetensors", "preprocessor_config.json", "tokenizer.json", "config.json"])
def test_a_clip_folder_without_one_of_its_parts_is_refused(missing: str, tmp_path: Path) -> None:
    """Whatever the library would make up in its place."""
    folder = write_tiny_clip(tmp_path)
    (folder / missing).unlink()
    with pytest.raises(MetricInvalid):
        load_clip(folder)


def test_a_clip_that_lacks_a_weight_is_refused_by_name(tmp_path: Path) -> None:
    """It would be filled in with random numbers."""
    path = write_tiny_clip(tmp_path) / "model.safetensors"
    weights = load_file(path)
    del weights["visual_projection.weight"]
    save_file(weights, path, {"format": "pt"})
    with pytest.raises(MetricInvalid, match=r"visual_projection\.weight"):
        load_clip(tmp_path)


def test_equal_pictures_are_no_distance_apart(lpips_folder: Path) -> None:
    """0 on the diagonal and nowhere else, so that the alignment is 1."""
    metric, shown = load_lpips(lpips_folder), pictures(3)
    distances = metric.distances(shown, shown)
    torch.testing.assert_close(distances.diagonal(), torch.zeros(3))
    assert distances[~torch.eye(3, dtype=torch.bool)].min() > 1e-3
    torch.testing.assert_close(metric.image_alignment(shown[:1], shown[:1].repeat(2, 1, 1, 1)), torch.ones(1))


def test_lpips_is_symmetric(lpips_folder: Path) -> None:
    """The way there is as long as the way back."""
    metric, a, b = load_lpips(lpips_folder), pictures(2), pictures(3, seed=1)
    torch.testing.assert_close(metric.distances(a, b), metric.distances(b, a).T)


def test_image_alignment_is_the_mean_over_the_references(lpips_folder: Path) -> None:
    """And more noise on a picture is less of it."""
    metric, a, b = load_lpips(lpips_folder), pictures(2), pictures(3, seed=1)
    torch.testing.assert_close(metric.image_alignment(a, b), 1 - metric.distances(a, b).mean(dim=1))
    noisy = torch.cat([(a[:1] + s * (b[:1] - a[:1])) for s in (0.1, 0.4, 1.0)])
    measured = metric.image_alignment(noisy, a[:1]).tolist()
    assert measured == sorted(measured, reverse=True)


def test_a_layer_of_lpips_by_hand(lpips_folder: Path, tmp_path: Path) -> None:
    """With the first layer's weights alone: its convolution written out, normalized, squared, weighed, averaged."""
    weights = load_file(lpips_folder / lpips.FILE)
    only_first = {n: torch.zeros_like(t) if n.startswith("lin") and n[3] != "0" else t for n, t in weights.items()}
    save_file(only_first, tmp_path / lpips.FILE)
    a, b = pictures(2).unbind()

    def features(picture: Tensor) -> Tensor:
        x = (picture * 2 - 1 - torch.tensor([-0.030, -0.088, -0.188])[:, None, None]) / torch.tensor(
            [0.458, 0.448, 0.450]
        )[:, None, None]
        x = torch.nn.functional.pad(x, (2, 2, 2, 2))
        patches = x.unfold(1, 11, 4).unfold(2, 11, 4)  # (3, h, w, 11, 11)
        y = torch.einsum("chwij,ocij->ohw", patches, weights["features.0.weight"])
        y = (y + weights["features.0.bias"][:, None, None]).clamp(min=0)
        unit: Tensor = y / y.norm(dim=0)
        return unit

    square = (features(a) - features(b)) ** 2
    by_hand = torch.einsum("chw,c->hw", square, weights["lin0.model.1.weight"].flatten()).mean()
    measured = load_lpips(tmp_path).distances(a[None], b[None])
    torch.testing.assert_close(measured, by_hand.view(1, 1), rtol=1e-4, atol=1e-6)


def test_pictures_of_other_sizes_can_be_compared(lpips_folder: Path) -> None:
    """References take the pictures' size, and what is too small for the network is enlarged."""
    metric = load_lpips(lpips_folder)
    assert metric.distances(pictures(2, 64), pictures(1, 40)).shape == (2, 1)
    assert metric.distances(pictures(1, 16), pictures(1, 16, seed=1)).isfinite().all()


def test_an_lpips_folder_is_refused_with_what_is_wrong_in_it(tmp_path: Path) -> None:
    """No file, a damaged one, one without a tensor, one of another shape."""
    with pytest.raises(MetricInvalid, match="there is no lpips"):
        load_lpips(tmp_path)
    (tmp_path / lpips.FILE).write_bytes(b"no tensors")
    with pytest.raises(MetricInvalid, match="damaged"):
        load_lpips(tmp_path)
    path = write_tiny_lpips(tmp_path) / lpips.FILE
    weights = load_file(path)
    save_file({**weights, "features.3.bias": torch.zeros(191)}, path)
    with pytest.raises(MetricInvalid, match=r"features\.3\.bias"):
        load_lpips(tmp_path)
    del weights["lin4.model.1.weight"]
    save_file(weights, path)
    with pytest.raises(MetricInvalid, match=r"lin4\.model\.1\.weight"):
        load_lpips(tmp_path)


def test_the_judge_measures_as_it_does_alone() -> None:
    """Both axes are its own."""
    judge, shown = load_judge(), pictures(2, 64)
    judged, prompts = JudgedAlignment(judge), ["a dog", "a photo of a cat in the snow"]
    assert torch.equal(judged.text_alignment(shown, prompts), judge.text_alignment(shown, prompts))
    assert torch.equal(judged.image_alignment(shown, pictures(3, 64)), judge.subject_alignment(shown, pictures(3, 64)))


@pytest.fixture(scope="module")
def judged_base(tmp_path_factory: pytest.TempPathFactory, factors_dir: Path) -> Base:
    """The tiny base's weights with a card that names the judge that ships."""
    folder = write_tiny_pipeline(tmp_path_factory.mktemp("base") / "judged")
    name_judge(folder, "emoji")
    return load_base(folder, factors_dir=factors_dir)


def name_judge(folder: Path, judge: object) -> None:
    """Write the judge's name into the base's card."""
    path = folder / "svdiff.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), "judge": judge}))


def test_a_judge_in_the_card_leaves_the_base_what_it_is(base: Base, judged_base: Base) -> None:
    """The same fingerprint as without one: shifts and factors of the base stay good."""
    assert judged_base.fingerprint == base.fingerprint
    assert base.recipe.judge is None
    assert judged_base.recipe.judge is not None


def test_a_judge_in_the_bases_own_folder_goes_before_one_that_ships(
    judged_base: Base, tmp_path: Path, factors_dir: Path
) -> None:
    """By its name; a name that leads elsewhere, or to nothing, is refused."""
    folder = write_tiny_pipeline(tmp_path / "own")
    shipped = judged_base.recipe.judge
    assert shipped is not None
    for name in ("own_judge", "emoji"):
        (folder / name).mkdir()
        (folder / name / "judge.safetensors").write_bytes((shipped / "judge.safetensors").read_bytes())
        name_judge(folder, name)
        assert load_base(folder, factors_dir=factors_dir).recipe.judge == folder / name
    for bad_name in ("../own/emoji", "nothing", 7):
        name_judge(folder, bad_name)
        with pytest.raises(BaseInvalid, match="judge"):
            load_base(folder, factors_dir=factors_dir)


@pytest.mark.parametrize(
    ("clip", "perceptual", "text", "image"),
    [
        (False, False, "judge", "judge"),
        (True, False, "clip", "judge"),
        (False, True, "judge", "lpips"),
        (True, True, "clip", "lpips"),
    ],
)
def test_what_is_configured_goes_before_the_bases_judge(
    clip: bool,  # noqa: FBT001 — a parameter of the test
    perceptual: bool,  # noqa: FBT001 — as above
    text: str,
    image: str,
    judged_base: Base,
    clip_folder: Path,
    lpips_folder: Path,
) -> None:
    """Each axis by itself."""
    folders = MetricFolders(clip_folder if clip else None, lpips_folder if perceptual else None)
    metrics = metrics_for(judged_base.recipe.judge, folders)
    assert (metrics.text.name, metrics.image.name) == (text, image)


def test_a_base_without_a_judge_needs_both_folders(base: Base, clip_folder: Path, lpips_folder: Path) -> None:
    """With one of them or none the error says what to configure."""
    for folders in (MetricFolders(), MetricFolders(clip=clip_folder), MetricFolders(lpips=lpips_folder)):
        with pytest.raises(MetricsUnavailable, match="SVDIFF_CLIP_FOLDER, SVDIFF_LPIPS_FOLDER"):
            metrics_for(base.recipe.judge, folders)
    both = metrics_for(base.recipe.judge, MetricFolders(clip_folder, lpips_folder))
    assert isinstance(both.text, ClipAlignment)
