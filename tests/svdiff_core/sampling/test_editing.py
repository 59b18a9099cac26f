from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor

from svdiff_core.base import Base, load_base
from svdiff_core.errors import SpecInvalid
from svdiff_core.parameters.editing import EditingSpec
from svdiff_core.parameters.recipe import Recipe
from svdiff_core.parameters.sampling import SamplingSpec
from svdiff_core.pictures import decode, to_training_tensor
from svdiff_core.sampling.editing import edit
from svdiff_core.sampling.sampler import SampleDone, sample
from svdiff_core.shift.file import Shift
from svdiff_core.training.loop import Training
from svdiff_core.training.subjects import subject_of

DESCRIPTION = "a photo of a dog on the beach"
TARGET = "a picture of a red cat in the snow"
STEPS = 10


@pytest.fixture(scope="session")
def picture(base: Base) -> Tensor:
    """A picture that the random base can make, (3, 32, 32) in [-1, 1]."""
    z = torch.randn((1, 4, 8, 8), generator=torch.Generator().manual_seed(4))
    return base.family.decode_latents(z)[0] * 2 - 1


def edited(base: Base, shift: Shift, picture: Tensor, *prompts: str, **fields: Any) -> Tensor:
    """The edits, (n, 3, 32, 32) in [0, 1]."""
    spec = EditingSpec(prompts or (TARGET,), **({"steps": STEPS, "guidance": 1.0, "refinements": 8} | fields))
    for record in edit(base, shift, picture, spec):
        if isinstance(record, SampleDone):
            return record.pictures
    raise AssertionError


def sampled(base: Base, shift: Shift, **fields: Any) -> Tensor:
    """The target prompt's pictures from fresh noise."""
    (*_, done) = sample(base, SamplingSpec(TARGET, **({"steps": STEPS, "guidance": 1.0} | fields)), shift)
    assert isinstance(done, SampleDone)
    return done.pictures


def psnr(a: Tensor, b: Tensor) -> float:
    """Decibels, of pictures in [0, 1]."""
    return float(-10 * (a - b).square().mean().log10())


def test_a_picture_under_its_own_words_comes_back(
    base: Base, shift_of: Callable[[int], Shift], picture: Tensor, assert_base_untouched: Callable[[], None]
) -> None:
    """Inverted and sampled under one prompt at guidance 1: what the autoencoder makes of it, whatever the prompt."""
    own = base.family.decode_latents(base.family.encode_pictures(picture[None])[0])
    for prompt in (DESCRIPTION, TARGET):
        assert psnr(edited(base, shift_of(1), picture, prompt, steps=25, refinements=15), own) > 25
    assert_base_untouched()


def test_guidance_and_other_words_change_it(base: Base, shift_of: Callable[[int], Shift], picture: Tensor) -> None:
    """With guidance, prompts of one call lead apart; each inverted under its own, as if it were alone."""
    both = edited(base, shift_of(1), picture, DESCRIPTION, TARGET, guidance=5.0)
    assert not torch.equal(both[0], both[1])
    alone = edited(base, shift_of(1), picture, TARGET, guidance=5.0, seed=1)
    assert (alone[0] - both[1]).abs().max() <= 2 / 255
    assert psnr(both[1], edited(base, shift_of(1), picture)[0]) < 60


def test_no_slerp_needs_no_seed_and_a_whole_one_is_fresh_noise(
    base: Base, shift_of: Callable[[int], Shift], picture: Tensor
) -> None:
    """α 0 keeps z_T; α 1 draws what sampling draws from the seed; between them is neither."""
    shift = shift_of(1)
    kept = [edited(base, shift, picture, seed=seed) for seed in (1, 2)]
    assert torch.equal(*kept)
    fresh = edited(base, shift, picture, slerp=1.0, seed=3)
    torch.testing.assert_close(fresh, sampled(base, shift, seed=3), rtol=0, atol=2e-3)
    half = edited(base, shift, picture, slerp=0.5, seed=3)
    assert min(float((half - other).abs().max()) for other in (kept[0], fresh)) > 1e-3
    assert not torch.equal(half, edited(base, shift, picture, slerp=0.5, seed=4))


def test_without_inversion_an_edit_is_a_sampling(base: Base, shift_of: Callable[[int], Shift], picture: Tensor) -> None:
    """From seeded noise, bit for bit, the i-th prompt from seed + i."""
    shift = shift_of(1)
    made = edited(base, shift, picture, TARGET, TARGET, inversion=False, seed=3, guidance=4.0)
    torch.testing.assert_close(made, sampled(base, shift, seed=3, n=2, guidance=4.0), rtol=0, atol=0)


def test_noise_on_the_way_is_seeded(base: Base, shift_of: Callable[[int], Shift], picture: Tensor) -> None:
    """η above 0: one seed, one picture."""
    one, again, other = (edited(base, shift_of(1), picture, eta=0.5, seed=seed) for seed in (1, 1, 2))
    assert torch.equal(one, again)
    assert not torch.equal(one, other)


def test_steps_count_there_and_back(base: Base, shift_of: Callable[[int], Shift], picture: Tensor) -> None:
    """Each of them told once."""
    for inversion, total in ((True, 6), (False, 3)):
        spec = EditingSpec((TARGET,), steps=3, inversion=inversion)
        *steps, _ = edit(base, shift_of(1), picture, spec)
        assert [(one.step, one.steps) for one in steps if not isinstance(one, SampleDone)] == [
            (step, total) for step in range(1, total + 1)
        ]


@pytest.mark.parametrize(
    ("field", "value"), [("slerp", 1.5), ("prompts", ()), ("refinements", -1), ("steps", 0), ("eta", 2.0)]
)
def test_what_cannot_be_meant_is_refused(
    base: Base, shift_of: Callable[[int], Shift], picture: Tensor, field: str, value: Any
) -> None:
    """Before the first step, naming the field."""
    spec = EditingSpec(**({"prompts": (TARGET,)} | {field: value}))
    with pytest.raises(SpecInvalid) as refused:
        next(edit(base, shift_of(1), picture, spec))
    assert refused.value.field == field


def test_slerp_without_inversion_has_nothing_to_start_from(
    base: Base, shift_of: Callable[[int], Shift], picture: Tensor
) -> None:
    """It is refused, not ignored."""
    with pytest.raises(SpecInvalid, match="inversion"):
        next(edit(base, shift_of(1), picture, EditingSpec((TARGET,), slerp=0.5, inversion=False)))


def test_a_picture_is_learned_under_its_description_alone(base: Base, picture: Tensor) -> None:
    """No prior, no token; the shift says under which words, and the loss falls on them."""
    recipe = Recipe(steps=30, batch_size=4, learning_rate=0.01, learning_rate_1d=0.01, prior_loss_weight=0.0)
    training = Training(base, subject_of(picture, DESCRIPTION), recipe, seed=1)
    losses = [record.loss for record in training.steps()]
    assert sum(losses[-10:]) < sum(losses[:10])
    (words,) = training.shift().metadata.words
    assert (words.instance_prompt, words.token) == (DESCRIPTION, "")


@pytest.mark.slow
def test_on_the_base_that_ships_a_picture_comes_back_to_25_decibels(factors_dir: Path) -> None:
    """50 steps, guidance 1 both ways, its own description: against what the autoencoder makes of it."""
    root = Path(__file__).parents[3]
    emoji = load_base(root / "svdiff_core" / "emoji" / "bases" / "emoji", factors_dir=factors_dir)
    data = (root / "demo" / "pictures" / "dog-grass.png").read_bytes()
    picture = to_training_tensor(decode(data), emoji.recipe.resolution)
    own = emoji.family.decode_latents(emoji.family.encode_pictures(picture[None])[0])
    recipe = Recipe(steps=20, batch_size=4, learning_rate=0.01, learning_rate_1d=0.01, prior_loss_weight=0.0)
    training = Training(emoji, subject_of(picture, "a photo of a dog on the grass"), recipe, seed=0)
    assert len(list(training.steps())) == 20
    back = edited(
        emoji, training.shift(), picture, "a photo of a dog on the grass", steps=50, refinements=EditingSpec.refinements
    )
    assert psnr(back, own) >= 25
