from collections.abc import Callable
from dataclasses import replace

import pytest
import torch
from torch import Tensor

from svdiff_core.base import Base
from svdiff_core.emoji.evaluation.sampling import SamplingSettings, sample_pictures
from svdiff_core.errors import ShiftOfAnotherBase, SpecInvalid
from svdiff_core.parameters.sampling import SamplingSpec
from svdiff_core.sampling.merging import merged_base
from svdiff_core.sampling.mixed import sample_mixed
from svdiff_core.sampling.sampler import SampleDone, SampleStep, sample, sample_latents
from svdiff_core.sampling.stages import Row
from svdiff_core.shift.file import Shift, SubjectWords
from tests.svdiff_core.runs import pictures

WORDS = SubjectWords("sks", "dog", "a photo of a sks dog", "a photo of a dog")
SPEC = SamplingSpec("a sks dog in the snow", n=2, seed=5, steps=4, guidance=4.0, shift_start=0.5)
TWO = 2 / 255


@pytest.fixture
def shift(shift_of: Callable[[int], Shift]) -> Shift:
    """A random shift of "a sks dog"."""
    return known(shift_of(1))


def known(shift: Shift) -> Shift:
    """The shift, as one that was learned as "sks dog"."""
    return replace(shift, metadata=replace(shift.metadata, words=(WORDS,)))


@torch.no_grad()
def by_hand(base: Base, shift: Shift, spec: SamplingSpec, opening: int) -> Tensor:
    """The first picture: some steps of the base, from the class prompt, and then those of the shift."""
    row = Row("a dog in the snow", "", spec.seed, spec.guidance, 0.0)
    steps = sample_latents(base, [row], spec.steps, (4, 8, 8))
    for _ in range(opening):
        x = next(steps)
    with merged_base(base, shift):
        u, c = base.family.encode_prompts(["", spec.prompt])[:, None]
        for t in base.family.ddim.timesteps(spec.steps)[opening:]:
            ts = t.expand(1)
            without, given = base.family.denoise(x, ts, u), base.family.denoise(x, ts, c)
            output = without + spec.guidance * (given - without)
            before = base.family.ddim.previous(ts, spec.steps)
            x = base.family.ddim.step(output, x, ts, before, torch.zeros(1), None)
    return base.family.decode_latents(x)[0]


@pytest.mark.parametrize(("start", "opening"), [(0.25, 1), (0.5, 2), (0.99, 3)])
def test_the_first_steps_are_the_bases_own_under_the_class_prompt(
    base: Base, shift: Shift, start: float, opening: int
) -> None:
    """And the last is always the shift's; the steps are as many as ever."""
    *steps, done = sample(base, replace(SPEC, shift_start=start), shift)
    assert steps == [SampleStep(i, 4) for i in range(1, 5)]
    assert isinstance(done, SampleDone)
    expected = by_hand(base, shift, SPEC, opening)
    assert (done.pictures[0] - expected).abs().max() <= TWO
    assert (done.pictures[0] - pictures(sample(base, replace(SPEC, shift_start=0.0), shift))[0]).abs().max() > TWO


def test_without_a_shift_there_is_nothing_to_wait_for(base: Base) -> None:
    """Bit for bit."""
    assert torch.equal(pictures(sample(base, SPEC)), pictures(sample(base, replace(SPEC, shift_start=0.0))))


@pytest.mark.parametrize("eta", [0.0, 0.7])
def test_a_mixed_batch_equals_separate_runs(base: Base, shift_of: Callable[[int], Shift], eta: float) -> None:
    """Under two shifts and under none; noise on the way is a picture's own, before the start and behind it."""
    specs = [replace(SPEC, eta=eta), replace(SPEC, eta=eta, seed=9, prompt="a cat"), replace(SPEC, n=1, seed=3)]
    shifts = [known(shift_of(1)), known(shift_of(2)), None]
    mixed = pictures(sample_mixed(base, list(zip(specs, shifts, strict=True)), max_batch=3))
    separate = torch.cat([pictures(sample(base, *one)) for one in zip(specs, shifts, strict=True)])
    assert (mixed - separate).abs().max() <= TWO


def test_many_prompts_are_sampled_as_one(base: Base, shift: Shift) -> None:
    """An evaluation's pictures are those of a request."""
    together = sample_pictures(base, [SPEC.prompt] * 2, SamplingSettings(4, 4.0, 5, 0.5), shift)
    assert (together - pictures(sample(base, SPEC, shift))).abs().max() <= TWO


@pytest.mark.parametrize("steps", [1, 3])
def test_a_run_that_is_stopped_leaves_the_base_as_it_was(
    base: Base, shift: Shift, steps: int, assert_base_untouched: Callable[[], None]
) -> None:
    """Before the shift begins, and while it works."""
    for run in (sample(base, SPEC, shift), sample_mixed(base, [(SPEC, shift)])):
        for _ in range(steps):
            next(run)
        run.close()
        assert_base_untouched()


def test_what_cannot_be_sampled_is_refused_before_the_first_step(base: Base, shift: Shift) -> None:
    """A shift that never begins, two starts in one batch, and the shift of another base, though it begins later."""
    with pytest.raises(SpecInvalid, match="'shift_start'"):
        next(sample(base, replace(SPEC, shift_start=1.0), shift))
    with pytest.raises(SpecInvalid, match="the same in all specs of a batch"):
        next(sample_mixed(base, [(SPEC, shift), (replace(SPEC, shift_start=0.25), shift)]))
    with pytest.raises(ShiftOfAnotherBase):
        next(sample(base, SPEC, replace(shift, metadata=replace(shift.metadata, base="svd1-other"))))
