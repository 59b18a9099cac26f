from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from diffusers import DDIMScheduler, StableDiffusionPipeline

from svdiff_core.base import Base, load_base
from svdiff_core.errors import ShiftDoesNotFit, ShiftOfAnotherBase, SpecInvalid
from svdiff_core.parameters.sampling import SamplingSpec
from svdiff_core.sampling.mixed import sample_mixed
from svdiff_core.sampling.sampler import SampleDone, SampleStep, sample
from svdiff_core.shift.algebra import add
from svdiff_core.shift.file import Shift, ShiftMetadata
from tests.svdiff_core.runs import pictures

ShiftOf = Callable[[int], Shift]
SPEC = SamplingSpec("a photo of a dog", negative_prompt="snow", n=3, seed=5, steps=4, guidance=4.0)
TWO = 2 / 255


def test_a_run_counts_its_steps_and_ends_with_the_pictures(base: Base) -> None:
    """Every step of every batch is counted; the last item holds the pictures and their seeds."""
    *steps, done = sample(base, SPEC, max_batch=2)
    assert steps == [SampleStep(i, 8) for i in range(1, 9)]
    assert isinstance(done, SampleDone)
    assert done.pictures.shape == (3, 3, 32, 32)
    assert done.seeds == (5, 6, 7)
    assert done.pictures.min() >= 0
    assert done.pictures.max() <= 1


def test_sampling_equals_the_diffusers_pipeline(base: Base, tiny_pipeline: Path) -> None:
    """The same prompts, noise and settings give StableDiffusionPipeline's picture."""
    family = base.family
    pipeline: Any = StableDiffusionPipeline(
        vae=family.vae,
        text_encoder=family.text_encoder,
        tokenizer=family.tokenizer,
        unet=family.unet,
        scheduler=DDIMScheduler.from_pretrained(tiny_pipeline, subfolder="scheduler"),
        safety_checker=None,
        feature_extractor=None,
    )
    pipeline.set_progress_bar_config(disable=True)
    expected = pipeline(
        SPEC.prompt,
        negative_prompt=SPEC.negative_prompt,
        num_inference_steps=SPEC.steps,
        guidance_scale=SPEC.guidance,
        latents=torch.randn((4, 8, 8), generator=torch.Generator().manual_seed(5)).unsqueeze(0),
        output_type="pt",
    ).images
    torch.testing.assert_close(pictures(sample(base, replace(SPEC, n=1))), expected, rtol=0, atol=1e-4)


@pytest.mark.parametrize("eta", [0.0, 0.7])
def test_a_picture_alone_and_in_a_batch_agree(base: Base, shift_of: ShiftOf, eta: float) -> None:
    """Picture i of a batch is the picture of seed + i alone, within 2/255, also with η noise."""
    spec = replace(SPEC, eta=eta)
    together = pictures(sample(base, spec, shift_of(1)))
    for i in range(spec.n):
        alone = pictures(sample(base, replace(spec, n=1, seed=spec.seed + i), shift_of(1)))
        assert (together[i] - alone[0]).abs().max() <= TWO
    assert (together[0] - together[1]).abs().max() > TWO


def test_a_zero_shift_is_the_base_bit_for_bit(base: Base, shift_of: ShiftOf) -> None:
    """Merged zeros change no picture at all; a real shift does."""
    plain = pictures(sample(base, SPEC))
    assert torch.equal(pictures(sample(base, SPEC, add([(shift_of(1), 0.0)]))), plain)
    assert (pictures(sample(base, SPEC, shift_of(1))) - plain).abs().max() > TWO


def test_a_mixed_batch_equals_separate_runs(base: Base, shift_of: ShiftOf) -> None:
    """Pictures under different shifts, prompts, guidance and η share a batch and agree with their own runs."""
    requests = [
        (SPEC, shift_of(1)),
        (replace(SPEC, prompt="a cat on the beach", n=2, seed=90, guidance=2.0, eta=0.5), shift_of(2)),
        (replace(SPEC, n=1, seed=3), None),
    ]
    mixed = pictures(sample_mixed(base, requests, max_batch=4))
    separate = torch.cat([pictures(sample(base, spec, shift)) for spec, shift in requests])
    assert (mixed - separate).abs().max() <= TWO


def test_without_guidance_the_denoiser_runs_once_a_step(base: Base, monkeypatch: pytest.MonkeyPatch) -> None:
    """Guidance 1 needs no unconditional branch: the batch is not doubled."""
    sizes: list[int] = []
    hook = base.family.unet.register_forward_pre_hook(lambda _module, inputs: sizes.append(len(inputs[0])))
    pictures(sample(base, replace(SPEC, guidance=1.0)))
    pictures(sample(base, SPEC))
    hook.remove()
    assert sizes == [3] * 4 + [6] * 4


def test_prompts_are_encoded_once_a_batch(base: Base) -> None:
    """The text encoder runs once, on the two different prompts, however many pictures and steps."""
    sizes: list[int] = []
    hook = base.family.text_encoder.register_forward_pre_hook(lambda _module, inputs: sizes.append(len(inputs[0])))
    pictures(sample(base, SPEC))
    hook.remove()
    assert sizes == [2]


def test_sampling_leaves_the_base_as_it_was(
    base: Base, shift_of: ShiftOf, assert_base_untouched: Callable[[], None]
) -> None:
    """After a run, and after one that was stopped in the middle, every weight is bit-equal to before."""
    pictures(sample(base, SPEC, shift_of(1)))
    assert_base_untouched()
    for run in (sample(base, SPEC, shift_of(1)), sample_mixed(base, [(SPEC, shift_of(1))])):
        next(run)
        run.close()
        assert_base_untouched()


def test_another_size_is_sampled_on_request(base: Base) -> None:
    """Width and height are pixels."""
    assert pictures(sample(base, replace(SPEC, n=1, steps=1, width=16, height=40))).shape == (1, 3, 40, 16)


@pytest.mark.parametrize("draw", [sample, lambda base, spec, shift: sample_mixed(base, [(spec, shift)])])
def test_a_shift_of_another_base_is_refused(
    base: Base, shift_of: ShiftOf, draw: Callable[..., Iterator[object]]
) -> None:
    """Both ways of sampling check the fingerprint before anything is sampled."""
    stranger = Shift(shift_of(1).deltas, ShiftMetadata("svd1-other"))
    with pytest.raises(ShiftOfAnotherBase):
        next(draw(base, SPEC, stranger))


@pytest.mark.parametrize("draw", [sample, lambda base, spec, shift: sample_mixed(base, [(spec, None), (spec, shift)])])
def test_a_shift_that_does_not_fit_is_refused(
    base: Base, draw: Callable[..., Iterator[object]], assert_base_untouched: Callable[[], None]
) -> None:
    """An unknown part or layer, or a δ of another length, raises and leaves no half-merged base behind."""
    for name in ("vae.conv_in", "unet.nowhere", "unet.conv_out"):
        shift = Shift(
            {"unet.conv_in": np.ones(32, np.float32), name: np.ones(3, np.float32)}, ShiftMetadata(base.fingerprint)
        )
        with pytest.raises(ShiftDoesNotFit, match=name.split(".")[1]):
            next(draw(base, SPEC, shift))
        assert_base_untouched()


@pytest.mark.parametrize(
    ("field", "value"),
    [("n", 0), ("steps", 0), ("steps", 1001), ("guidance", float("nan")), ("eta", 1.5), ("width", 30)],
)
def test_a_spec_out_of_range_is_refused_by_field(base: Base, field: str, value: float) -> None:
    """Nothing is sampled for a spec the base cannot follow."""
    with pytest.raises(SpecInvalid, match=f"'{field}'"):
        next(sample(base, replace(SPEC, **dict[str, Any]({field: value}))))


def test_specs_of_two_sizes_cannot_share_a_batch(base: Base) -> None:
    """Steps and sizes must agree within a mixed batch."""
    with pytest.raises(SpecInvalid, match="steps"):
        next(sample_mixed(base, [(SPEC, None), (replace(SPEC, steps=5), None)]))


def test_sampling_runs_in_bfloat16(tiny_pipeline: Path, factors_dir: Path, base: Base, shift_of: ShiftOf) -> None:
    """In bfloat16 a picture comes out near the float32 one."""
    half = load_base(tiny_pipeline, factors_dir=factors_dir, dtype="bfloat16")
    difference = pictures(sample(half, SPEC, shift_of(1))) - pictures(sample(base, SPEC, shift_of(1)))
    assert difference.abs().mean() < 0.05
    assert pictures(sample_mixed(half, [(SPEC, shift_of(1))])).isfinite().all()
