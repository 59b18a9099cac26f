import math
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from torch import Tensor

from svdiff_core.base import Base, load_base
from svdiff_core.errors import RecipeInvalid, StateMismatch, SubjectsInvalid
from svdiff_core.families.cross_attention import record_attention
from svdiff_core.families.stable_diffusion import StableDiffusion
from svdiff_core.parameters.recipe import Recipe
from svdiff_core.sampling.merging import merged_base
from svdiff_core.shift import file as shifts
from svdiff_core.shift.file import Shift
from svdiff_core.training import state as training_state
from svdiff_core.training.batches import TrainingBatches
from svdiff_core.training.cut_mix import Pair, draw_subjects
from svdiff_core.training.loop import StepRecord, Training
from svdiff_core.training.subjects import LatentPictures, Subject
from svdiff_core.training.unmix import AttentionHalves, attention_halves

RECIPE = Recipe(steps=6, batch_size=2, learning_rate=1e-2, learning_rate_1d=1e-3, unmix_weight=0.1)
SEED = 3


def subject(token: str, noun: str, brightness: float) -> Subject:
    """Three pictures of one brightness with a little noise."""
    noise = torch.rand((3, 3, 32, 32), generator=torch.Generator().manual_seed(0)) * 0.2
    return Subject(brightness + noise, f"photo of a {token} {noun}", f"photo of a {noun}", token, noun)


DOG, CAT, PANDA = subject("sks", "dog", 0.7), subject("red", "cat", -0.9), subject("hat", "panda", 0.0)


@pytest.fixture(scope="module")
def priors() -> list[Tensor]:
    """Four prior latents of either class."""
    return list(torch.randn((2, 4, 4, 8, 8), generator=torch.Generator().manual_seed(1)))


def stitched_step(step: int, n: int = 2) -> bool:
    """Whether a step of these trainings shows two subjects."""
    return isinstance(draw_subjects(n, RECIPE.cut_mix_probability, SEED, step), Pair)


def batches_of(base: Base, recipe: Recipe, *subjects: Subject, priors: list[Tensor] | None = None) -> TrainingBatches:
    """The batches of a training of these subjects."""
    return TrainingBatches(base, subjects, recipe, SEED, priors or [None] * len(subjects))


def facts_of(records: list[StepRecord]) -> list[tuple[int, float, float, float, float]]:
    """What two equal trainings have in common."""
    return [(r.step, r.loss, r.instance_loss, r.prior_loss, r.unmix_loss) for r in records]


def test_two_subjects_are_learned_in_one_shift(base: Base, priors: list[Tensor]) -> None:
    """Its words are those of both; the loss is eq. 3 and, in stitched steps alone, the weighted unmix loss."""
    training = Training(base, [DOG, CAT], RECIPE, SEED, priors)
    records = list(training.steps())
    assert training.shift().metadata.words == (DOG.words, CAT.words)
    assert all(delta.any() for delta in training.shift().deltas.values())
    stitched = [stitched_step(r.step) for r in records]
    assert 0 < sum(stitched) < len(stitched)
    assert [r.unmix_loss > 0 for r in records] == stitched
    for r in records:
        assert r.loss == pytest.approx(r.instance_loss + r.prior_loss + 0.1 * r.unmix_loss)


@pytest.mark.parametrize("stop", [0, 2, 5])
def test_a_resumed_training_of_two_is_bit_equal_to_an_uninterrupted_one(
    base: Base, priors: list[Tensor], stop: int
) -> None:
    """Losses, δ, both moments and the file: pieces, wordings and priors derive from (seed, step) too."""
    whole = Training(base, [DOG, CAT], RECIPE, SEED, priors)
    expected = list(whole.steps())
    first = Training(base, [DOG, CAT], RECIPE, SEED, priors)
    steps = first.steps()
    for _ in range(stop):
        next(steps)
    steps.close()
    stored = training_state.load(training_state.dump(first.state()))
    second = Training(base, [DOG, CAT], RECIPE, SEED, priors, stored)
    assert facts_of(list(second.steps())) == facts_of(expected)[stop:]
    assert shifts.dump(second.shift()) == shifts.dump(whole.shift())
    a, b = second.state().tensors, whole.state().tensors
    assert all(torch.equal(a[name], b[name]) for name in b)


def test_a_list_of_one_is_the_training_of_that_one(base: Base, priors: list[Tensor]) -> None:
    """Down to the file: the settings for several change nothing."""
    alone = Training(base, DOG, RECIPE, SEED, priors[0])
    listed = Training(base, [DOG], RECIPE, SEED, priors[:1])
    assert facts_of(list(alone.steps())) == facts_of(list(listed.steps()))
    assert shifts.dump(alone.shift()) == shifts.dump(listed.shift())


def test_an_ordinary_step_is_the_drawn_subjects_own(base: Base, priors: list[Tensor]) -> None:
    """The very batch that the subject would have alone, with its own prior and prompts."""
    recipe = replace(RECIPE, cut_mix_probability=0.0)
    batches, seen = batches_of(base, recipe, DOG, CAT, priors=priors), set()
    for step in range(1, 9):
        number = draw_subjects(2, 0.0, SEED, step)
        assert isinstance(number, int)
        own, prior = (DOG, CAT)[number], priors[number]
        alone = LatentPictures(*base.family.encode_pictures(own.pictures))
        batch = batches.at(step)
        assert torch.equal(batch.batch.x, alone.draw_batch(base.family.ddim, 2, SEED, step, prior).x)
        assert (batch.prompts, batch.token_positions) == ((own.instance_prompt, own.class_prompt), None)
        seen.add(number)
    assert seen == {0, 1}


def test_companions_are_in_ordinary_steps_and_never_stitched(base: Base) -> None:
    """A step of its own shows a companion now and then; a stitched prior only classes, whose pictures are alone."""
    recipe = replace(RECIPE, prior_companions="next to a cup")
    priors = [torch.stack([torch.full((4, 8, 8), level), torch.full((4, 8, 8), 9.0)] * 2) for level in (0.0, 1.0)]
    ordinary = batches_of(base, replace(recipe, cut_mix_probability=0.0), DOG, CAT, priors=priors)
    said = {ordinary.at(step).prompts for step in range(1, 40)}
    plain = {(one.instance_prompt, one.class_prompt) for one in (DOG, CAT)}
    assert said == plain | {(instance, f"{prompt} next to a cup") for instance, prompt in plain}
    stitched = batches_of(base, replace(recipe, cut_mix_probability=1.0), DOG, CAT, priors=priors)
    alone = batches_of(base, replace(RECIPE, cut_mix_probability=1.0), DOG, CAT, priors=[p[::2] for p in priors])
    for step in range(1, 6):
        assert stitched.at(step).prompts == alone.at(step).prompts
        assert torch.equal(stitched.at(step).batch.x, alone.at(step).batch.x)


def test_probability_zero_is_no_cut_mix(base: Base, priors: list[Tensor]) -> None:
    """No picture is encoded in a step, nothing is unmixed, and the unmix weight changes no bit."""
    recipe = replace(RECIPE, cut_mix_probability=0.0)
    trainings = [Training(base, [DOG, CAT], replace(recipe, unmix_weight=w), SEED, priors) for w in (0.0, 9.0)]
    calls: list[int] = []
    hook = base.family.vae.register_forward_pre_hook(lambda _module, _inputs: calls.append(1))
    records = [list(training.steps()) for training in trainings]
    hook.remove()
    assert facts_of(records[0]) == facts_of(records[1])
    assert not any(r.unmix_loss for r in records[0])
    assert calls == []
    states = [training.state().tensors for training in trainings]
    assert all(torch.equal(states[0][name], states[1][name]) for name in states[0])


def test_stitched_halves_and_prompts_come_from_the_same_subjects(base: Base, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is encoded is left and right as the prompt says, for subjects and for the pictures of their classes."""
    encoded: list[Tensor] = []
    real = type(base.family).encode_pictures

    def keep(self: StableDiffusion, pictures: Tensor) -> tuple[Tensor, Tensor]:
        encoded.append(pictures)
        return real(self, pictures)

    monkeypatch.setattr(type(base.family), "encode_pictures", keep)
    monkeypatch.setattr(
        type(base.family),
        "decode_latents",
        lambda _self, latents: latents[:, :3].mean((2, 3), keepdim=True).expand(1, 3, 32, 32),
    )
    three = (DOG, CAT, PANDA)
    priors = [torch.full((4, 4, 8, 8), level) for level in (0.0, 0.5, 1.0)]
    batches = batches_of(base, replace(RECIPE, cut_mix_probability=1.0), *three, priors=priors)
    wordings = set()
    for step in range(1, 30):
        pair = draw_subjects(3, 1.0, SEED, step)
        assert isinstance(pair, Pair)
        batch = batches.at(step)
        left, right = three[pair.left], three[pair.right]
        one, other = f"a {left.token} {left.class_word}", f"a {right.token} {right.class_word}"
        with_sides = f"photo of {one} on the left and {other} on the right"
        assert batch.prompts == (
            with_sides if pair.name_sides else f"photo of {one} and {other}",
            f"photo of a {left.class_word} and a {right.class_word}",
        )
        wordings.add(pair.name_sides)
        pictures, classes = encoded[-1][:2], encoded[-1][2:]
        for half, number in ((pictures[..., :16], pair.left), (pictures[..., 16:], pair.right)):
            assert float(half.mean()) == pytest.approx(float(three[number].pictures.mean()), abs=0.05)
        for half, number in ((classes[..., :16], pair.left), (classes[..., 16:], pair.right)):
            assert float(half.mean()) == pytest.approx(float(priors[number].mean()) * 2 - 1, abs=0.01)
        assert batch.token_positions is not None
        ids = base.family.tokenize(batch.prompts[:1])[0]
        assert ids[list(batch.token_positions.left)].tolist() == base.family.token_ids(left.token)
        assert ids[list(batch.token_positions.right)].tolist() == base.family.token_ids(right.token)
    assert wordings == {True, False}


def other_half(base: Base, shift: Shift) -> float:
    """The mean attention of the tokens on the other subject's half, over stitched pictures and timesteps."""
    batches = batches_of(base, replace(RECIPE, cut_mix_probability=1.0, batch_size=8), DOG, CAT)
    found: list[AttentionHalves] = []
    with torch.no_grad(), merged_base(base, shift):
        for step in range(100, 104):
            batch = batches.at(step)
            assert batch.token_positions is not None
            states = base.family.encode_prompts(batch.prompts).expand(8, -1, -1)
            with record_attention(base.family.cross_attention(), 8) as recording:
                base.family.denoise(batch.batch.x, batch.batch.t, states)
            found += attention_halves(recording.maps(8, 8), batch.token_positions)
    return float(torch.stack([halves.other.mean() for halves in found]).mean())


def test_the_unmix_loss_keeps_the_tokens_off_the_other_half(base: Base) -> None:
    """After the same steps on the same pictures, less attention there than without it; every other term is equal."""
    recipe = replace(RECIPE, steps=12, learning_rate=5e-2, prior_loss_weight=0.0, cut_mix_probability=1.0)
    mass = {}
    for weight in (0.0, 300.0):
        training = Training(base, [DOG, CAT], replace(recipe, unmix_weight=weight), SEED)
        list(training.steps())
        mass[weight] = other_half(base, training.shift())
    assert mass[300.0] < 0.8 * mass[0.0], mass


def test_without_the_text_encoder_each_prompt_is_encoded_once(base: Base, priors: list[Tensor]) -> None:
    """Two subjects have two ordinary and four stitched batches, however many steps there are."""
    recipe = replace(RECIPE, steps=30, text_encoder=False)
    calls: list[int] = []
    hook = base.family.text_encoder.register_forward_pre_hook(lambda _module, inputs: calls.append(len(inputs[0])))
    list(Training(base, [DOG, CAT], recipe, SEED, priors).steps())
    hook.remove()
    assert calls == [2] * 6


def test_a_joint_state_belongs_to_its_subjects_in_their_order(base: Base, priors: list[Tensor]) -> None:
    """Another second subject, prior or order makes it useless, and it says so."""
    state = Training(base, [DOG, CAT], RECIPE, SEED, priors).state()
    others: list[Callable[[], Training]] = [
        lambda: Training(base, [CAT, DOG], RECIPE, SEED, priors, state),
        lambda: Training(base, [DOG, PANDA], RECIPE, SEED, priors, state),
        lambda: Training(base, [DOG, CAT], RECIPE, SEED, priors[::-1], state),
        lambda: Training(base, [DOG, CAT], replace(RECIPE, unmix_weight=0.2), SEED, priors, state),
    ]
    for other in others:
        with pytest.raises(StateMismatch):
            other()


def test_two_subjects_are_trained_in_bfloat16(tiny_pipeline: Path, factors_dir: Path, priors: list[Tensor]) -> None:
    """The maps are computed in float32, and every loss is finite."""
    half = load_base(tiny_pipeline, factors_dir=factors_dir, dtype="bfloat16")
    records = list(Training(half, [DOG, CAT], replace(RECIPE, cut_mix_probability=1.0), SEED, priors).steps())
    assert all(math.isfinite(r.loss) and r.unmix_loss > 0 for r in records)


def test_subjects_that_cannot_be_told_apart_are_refused(base: Base) -> None:
    """None, four, the same token twice in any case, no token; prior latents for one of two."""
    recipe = replace(RECIPE, prior_loss_weight=0.0)
    unnamed = replace(CAT, token="")
    bad: tuple[list[Subject], ...] = (
        [],
        [DOG, CAT, PANDA, DOG],
        [DOG, replace(CAT, token="SKS")],
        [DOG, unnamed],
        [DOG, replace(CAT, token="on")],
    )
    for subjects in bad:
        with pytest.raises(SubjectsInvalid):
            Training(base, subjects, recipe, SEED)
    assert Training(base, [unnamed], recipe, SEED).state().step == 0, "one subject needs no token"
    with pytest.raises(RecipeInvalid, match="for 1 of 2 subjects"):
        Training(base, [DOG, CAT], RECIPE, SEED, torch.zeros(1, 4, 8, 8))


def test_a_stopped_joint_training_leaves_the_base_as_it_was(
    base: Base, priors: list[Tensor], assert_base_untouched: Callable[[], None]
) -> None:
    """No factored forward and no hook of the recording is left."""
    steps = Training(base, [DOG, CAT], replace(RECIPE, cut_mix_probability=1.0), SEED, priors).steps()
    next(steps)
    steps.close()
    assert_base_untouched()
    assert not any(module._forward_hooks for module in base.family.unet.modules())  # noqa: SLF001 — torch has no other way to ask
