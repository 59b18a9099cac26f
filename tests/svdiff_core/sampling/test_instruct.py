"""InstructPix2Pix folders: eight input channels, guidance by text and picture, spectral training."""

from pathlib import Path
from typing import Any

import pytest
import torch
from diffusers import DDIMScheduler, StableDiffusionInstructPix2PixPipeline
from torch import Tensor

from svdiff_core.base import Base, load_base
from svdiff_core.errors import BaseInvalid, SpecInvalid
from svdiff_core.parameters.recipe import Recipe
from svdiff_core.parameters.sampling import SamplingSpec
from svdiff_core.sampling.instruct import instruct
from svdiff_core.sampling.sampler import SampleDone, sample
from svdiff_core.shift.file import Shift
from svdiff_core.training.loop import Training
from svdiff_core.training.subjects import Subject
from tests.tiny_pipeline import write_tiny_pipeline

SPEC = SamplingSpec("a dog in the snow", negative_prompt="beach", n=2, seed=3, steps=4, guidance=5.0)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A random editing base."""
    return write_tiny_pipeline(tmp_path_factory.mktemp("base") / "editing", channels=8)


@pytest.fixture(scope="module")
def editing(folder: Path, factors_dir: Path) -> Base:
    """The editing base in memory."""
    return load_base(folder, factors_dir=factors_dir)


@pytest.fixture(scope="module")
def picture() -> Tensor:
    """Noise to edit, (3, 32, 32) in [-1, 1]."""
    return torch.rand((3, 32, 32), generator=torch.Generator().manual_seed(4)) * 2 - 1


def pictures(base: Base, spec: SamplingSpec, picture: Tensor, shift: Shift | None = None, **options: Any) -> Tensor:
    """What an instruction makes of the picture."""
    last = list(instruct(base, spec, picture, shift, **options))[-1]
    assert isinstance(last, SampleDone)
    return last.pictures


def test_an_edit_is_that_of_diffusers_pipeline(editing: Base, folder: Path, picture: Tensor) -> None:
    """The same noise, prompts and both guidances give the pictures of StableDiffusionInstructPix2PixPipeline."""
    family = editing.family
    pipeline: Any = StableDiffusionInstructPix2PixPipeline(
        vae=family.vae,
        text_encoder=family.text_encoder,
        tokenizer=family.tokenizer,
        unet=family.unet,
        scheduler=DDIMScheduler.from_pretrained(folder, subfolder="scheduler"),
        safety_checker=None,
        feature_extractor=None,
        requires_safety_checker=False,
    )
    pipeline.set_progress_bar_config(disable=True)
    noise = torch.stack([torch.randn((4, 8, 8), generator=torch.Generator().manual_seed(seed)) for seed in (3, 4)])
    expected = pipeline(
        [SPEC.prompt] * 2,
        image=torch.stack([picture, picture]) / 2 + 0.5,
        negative_prompt=[SPEC.negative_prompt] * 2,
        latents=noise,
        num_inference_steps=SPEC.steps,
        guidance_scale=SPEC.guidance,
        image_guidance_scale=1.7,
        output_type="pt",
    ).images
    torch.testing.assert_close(pictures(editing, SPEC, picture, image_guidance=1.7), expected, rtol=0, atol=2 / 255)


def test_the_picture_matters_and_its_guidance_too(editing: Base, picture: Tensor) -> None:
    """Another picture, or another weight of it, gives another result; without any the base samples from text alone."""
    one = pictures(editing, SPEC, picture)
    assert not torch.equal(one, pictures(editing, SPEC, -picture))
    assert not torch.equal(one, pictures(editing, SPEC, picture, image_guidance=3.0))
    last = list(sample(editing, SPEC))[-1]
    assert isinstance(last, SampleDone)
    assert not torch.equal(one, last.pictures)


def test_spectral_training_works_on_an_editing_base(editing: Base, subject: Subject, picture: Tensor) -> None:
    """The loss falls, the shift covers the wide first layer, and edits change under it but not after it."""
    recipe = Recipe(steps=30, batch_size=4, learning_rate=3e-2, learning_rate_1d=1e-3, prior_loss_weight=0.0)
    training = Training(editing, subject, recipe, 0)
    records = list(training.steps())
    assert sum(r.loss for r in records[-10:]) < sum(r.loss for r in records[:10])
    shift = training.shift()
    assert shift.deltas["unet.conv_in"].any()
    before = pictures(editing, SPEC, picture)
    assert not torch.equal(pictures(editing, SPEC, picture, shift), before)
    assert torch.equal(pictures(editing, SPEC, picture), before)


def test_a_base_without_a_picture_to_read_says_so(base: Base, picture: Tensor) -> None:
    """A plain base cannot follow an instruction."""
    with pytest.raises(SpecInvalid, match="8 input channels"):
        pictures(base, SPEC, picture)


def test_other_numbers_of_channels_are_refused(tmp_path: Path, factors_dir: Path) -> None:
    """An inpainting UNet reads nine channels, which no call here would fill."""
    with pytest.raises(BaseInvalid, match="reads 9 channels"):
        load_base(write_tiny_pipeline(tmp_path / "inpainting", channels=9), factors_dir=factors_dir)
