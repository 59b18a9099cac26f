import math
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from torch import Tensor

from svdiff_core.base import Base, load_base
from svdiff_core.errors import RecipeInvalid, ShiftOfAnotherBase, StateMismatch, TrainingDiverged
from svdiff_core.families.stable_diffusion import StableDiffusion
from svdiff_core.parameters.recipe import Recipe
from svdiff_core.parameters.sampling import SamplingSpec
from svdiff_core.process.ddim import Ddim
from svdiff_core.sampling.sampler import sample
from svdiff_core.shift import file as shifts
from svdiff_core.shift.file import SubjectWords
from svdiff_core.spectral.layers import tuned_weights
from svdiff_core.spectral.merge import merge
from svdiff_core.training import state as training_state
from svdiff_core.training.loop import StepRecord, Training
from svdiff_core.training.state import TrainingState
from svdiff_core.training.subjects import LatentPictures, Subject
from tests.svdiff_core.runs import run

RECIPE = Recipe(steps=4, batch_size=2, learning_rate=1e-2, learning_rate_1d=1e-3)


@pytest.fixture(scope="module")
def prior() -> Tensor:
    """Five prior latents."""
    return torch.randn((5, 4, 8, 8), generator=torch.Generator().manual_seed(1))


def losses(records: list[StepRecord]) -> list[tuple[int, float, float, float]]:
    """What two equal trainings have in common: everything but the clock."""
    return [(r.step, r.loss, r.instance_loss, r.prior_loss) for r in records]


def assert_same_tensors(a: TrainingState, b: TrainingState) -> None:
    """Bit-equal states."""
    assert (a.step, a.digest, a.tensors.keys()) == (b.step, b.digest, b.tensors.keys())
    for name, tensor in a.tensors.items():
        assert torch.equal(tensor, b.tensors[name]), name


def test_training_yields_a_record_a_step_and_a_shift(base: Base, subject: Subject, prior: Tensor) -> None:
    """Records count from 1, losses add up as eq. 3, and the shift covers every layer with its words and recipe."""
    recipe = replace(RECIPE, prior_loss_weight=0.5)
    training = Training(base, subject, recipe, 7, prior)
    records = run(training)
    assert [(r.step, r.steps) for r in records] == [(i, 4) for i in range(1, 5)]
    for r in records:
        assert r.loss == pytest.approx(r.instance_loss + 0.5 * r.prior_loss)
        assert r.seconds > 0
    shift = training.shift()
    names = {f"{part}.{name}" for part, module in base.family.parts.items() for name in tuned_weights(module)}
    assert set(shift.deltas) == names
    assert all(delta.any() for delta in shift.deltas.values())
    assert shift.metadata.base == base.fingerprint
    assert shift.metadata.words == (SubjectWords("sks", "dog", "a photo of a sks dog", "a photo of a dog"),)
    assert shift.metadata.recipe == {"seed": 7, **recipe.to_mapping()}


def test_the_loss_falls(base: Base, subject: Subject) -> None:
    """Thirty steps on three pictures make the mean loss lower than at the start."""
    recipe = replace(RECIPE, steps=30, batch_size=4, learning_rate=3e-2, prior_loss_weight=0.0)
    records = run(Training(base, subject, recipe, 0))
    assert sum(r.loss for r in records[-10:]) < sum(r.loss for r in records[:10])


def test_a_step_is_adamw_on_the_loss_through_rebuilt_weights(base: Base, subject: Subject, prior: Tensor) -> None:
    """The loss after one step, in factored form, is the loss of the plain base with that shift merged."""
    training = Training(base, subject, RECIPE, 3, prior)
    steps = training.steps()
    next(steps)
    second = next(steps)
    steps.close()
    once = Training(base, subject, RECIPE, 3, prior)
    next(iter(once.steps()))
    pictures = LatentPictures(*base.family.encode_pictures(subject.pictures))
    batch = pictures.draw_batch(base.family.ddim, 2, 3, 2, prior)
    undo = [
        merge(
            module,
            base.factors.part(part),
            {
                n.removeprefix(f"{part}."): torch.from_numpy(d)
                for n, d in once.shift().deltas.items()
                if n.startswith(part)
            },
        )
        for part, module in base.family.parts.items()
    ]
    with torch.no_grad():
        states = base.family.encode_prompts([subject.instance_prompt] * 2 + [subject.class_prompt] * 2)
        errors = (base.family.denoise(batch.x, batch.t, states) - batch.target).square().mean((1, 2, 3))
    for merged in undo:
        merged.undo()
    assert second.instance_loss == pytest.approx(float(errors[:2].mean()), rel=1e-4)
    assert second.prior_loss == pytest.approx(float(errors[2:].mean()), rel=1e-4)


def test_the_first_step_moves_each_value_by_its_rate(base: Base, subject: Subject, prior: Tensor) -> None:
    """Adam's first step is ± the rate: matrices by one rate, vectors by the other, nothing decays."""
    training = Training(base, subject, replace(RECIPE, max_grad_norm=1e9), 0, prior)
    next(iter(training.steps()))
    tensors = training.state().tensors
    for name, rate in (("unet.matrices", RECIPE.learning_rate), ("unet.vectors", RECIPE.learning_rate_1d)):
        moved = tensors[f"{name}.delta"].abs()
        assert moved.max() == pytest.approx(rate, rel=1e-4)
        assert moved.median() == pytest.approx(rate, rel=1e-2)


def test_the_text_encoders_rates_are_a_share_of_the_others(base: Base, subject: Subject, prior: Tensor) -> None:
    """Both of them, whose fraction the recipe's mapping says, also where it is 1."""
    recipe = replace(RECIPE, max_grad_norm=1e9, text_encoder_learning_rate_scale=0.3)
    training = Training(base, subject, recipe, 0, prior)
    next(iter(training.steps()))
    tensors = training.state().tensors
    rates = {"matrices": RECIPE.learning_rate, "vectors": RECIPE.learning_rate_1d}
    for name, rate in rates.items():
        assert tensors[f"unet.{name}.delta"].abs().max() == pytest.approx(rate, rel=1e-4)
        assert tensors[f"text_encoder.{name}.delta"].abs().max() == pytest.approx(0.3 * rate, rel=1e-4)
    assert recipe.to_mapping()["text_encoder_learning_rate_scale"] == 0.3
    assert RECIPE.to_mapping()["text_encoder_learning_rate_scale"] == 1


def test_the_same_seed_gives_the_same_shift_and_another_seed_another(
    base: Base, subject: Subject, prior: Tensor
) -> None:
    """A training is a function of its arguments, down to the bytes of its file."""
    files = []
    for seed in (0, 0, 1):
        training = Training(base, subject, RECIPE, seed, prior)
        run(training)
        files.append(shifts.dump(training.shift()))
    assert files[0] == files[1] != files[2]


@pytest.mark.parametrize("stop", [0, 1, 3])
def test_a_resumed_training_is_bit_equal_to_an_uninterrupted_one(
    base: Base, subject: Subject, prior: Tensor, stop: int
) -> None:
    """Stored after any step and resumed by a new process's objects, losses, δ and both moments are the same bits."""
    whole = Training(base, subject, RECIPE, 0, prior)
    expected = run(whole)
    first = Training(base, subject, RECIPE, 0, prior)
    steps = first.steps()
    for _ in range(stop):
        next(steps)
    steps.close()
    stored = training_state.load(training_state.dump(first.state()))
    assert_same_tensors(stored, first.state())
    second = Training(base, subject, RECIPE, 0, prior, stored)
    assert losses(run(second)) == losses(expected)[stop:]
    assert_same_tensors(second.state(), whole.state())
    assert shifts.dump(second.shift()) == shifts.dump(whole.shift())


def test_the_same_state_gives_the_same_bytes(base: Base, subject: Subject, prior: Tensor) -> None:
    """Two dumps of one state are equal, and going on training does not change a state taken before."""
    training = Training(base, subject, RECIPE, 0, prior)
    steps = training.steps()
    next(steps)
    state = training.state()
    data = training_state.dump(state)
    next(steps)
    steps.close()
    assert training_state.dump(state) == data


def test_the_state_of_another_training_is_refused(base: Base, subject: Subject, prior: Tensor) -> None:
    """Another seed, recipe, word, picture or prior makes a state useless, and it says so."""
    state = Training(base, subject, RECIPE, 0, prior).state()
    others: list[Callable[[], Training]] = [
        lambda: Training(base, subject, RECIPE, 1, prior, state),
        lambda: Training(base, subject, replace(RECIPE, steps=5), 0, prior, state),
        lambda: Training(base, replace(subject, instance_prompt="a sks cat"), RECIPE, 0, prior, state),
        lambda: Training(base, replace(subject, pictures=subject.pictures * 0.5), RECIPE, 0, prior, state),
        lambda: Training(base, subject, RECIPE, 0, prior * 0.5, state),
    ]
    for other in others:
        with pytest.raises(StateMismatch):
            other()


@pytest.mark.parametrize("data", [b"", b"x" * 40, b"\x02\0\0\0\0\0\0\0{}"])
def test_a_damaged_state_is_refused(data: bytes) -> None:
    """Bytes that are no training state raise StateMismatch."""
    with pytest.raises(StateMismatch):
        training_state.load(data)


def test_a_nan_ends_the_training_and_changes_nothing(
    base: Base, subject: Subject, prior: Tensor, assert_base_untouched: Callable[[], None]
) -> None:
    """A non-finite loss raises with its step; δ and moments stay those of the step before, the base its own."""
    poisoned = prior.clone()
    poisoned[:] = float("nan")
    training = Training(base, subject, RECIPE, 0, poisoned)
    before = training.state()
    with pytest.raises(TrainingDiverged, match="step 1"):
        run(training)
    assert_same_tensors(training.state(), before)
    assert_base_untouched()


def test_a_gradient_that_overflows_ends_the_training_too(
    base: Base, subject: Subject, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A finite loss with a non-finite gradient raises before the update."""
    training = Training(base, subject, replace(RECIPE, prior_loss_weight=0.0), 0)
    steps = training.steps()
    next(steps)
    before = training.state()
    real = type(base.family).denoise

    def overflowing(self: StableDiffusion, x: Tensor, t: Tensor, states: Tensor) -> Tensor:
        output = real(self, x, t, states)
        output.register_hook(lambda g: g * float("inf"))
        return output

    monkeypatch.setattr(type(base.family), "denoise", overflowing)
    with pytest.raises(TrainingDiverged, match="step 2"):
        next(steps)
    assert_same_tensors(training.state(), before)


def test_only_shifts_receive_gradients(base: Base, subject: Subject, prior: Tensor) -> None:
    """After a step no parameter of UNet, text encoder or autoencoder has a gradient."""
    training = Training(base, subject, RECIPE, 0, prior)
    next(iter(training.steps()))
    modules = [*base.family.parts.values(), base.family.vae]
    assert all(parameter.grad is None for module in modules for parameter in module.parameters())


def test_a_stopped_training_leaves_the_base_as_it_was(
    base: Base, subject: Subject, prior: Tensor, assert_base_untouched: Callable[[], None]
) -> None:
    """Closing the generator in the middle gives the base back bit for bit, as finishing does."""
    training = Training(base, subject, RECIPE, 0, prior)
    steps = training.steps()
    next(steps)
    steps.close()
    assert_base_untouched()
    assert len(run(training)) == 3
    assert_base_untouched()


def test_without_the_text_encoder_only_the_denoiser_is_trained(base: Base, subject: Subject, prior: Tensor) -> None:
    """The shift then names no text encoder, which runs once for the whole training."""
    calls: list[int] = []
    hook = base.family.text_encoder.register_forward_pre_hook(lambda _module, inputs: calls.append(len(inputs[0])))
    training = Training(base, subject, replace(RECIPE, text_encoder=False), 0, prior)
    run(training)
    hook.remove()
    assert calls == [2]
    assert {name.split(".")[0] for name in training.shift().deltas} == {"unet"}


def test_pictures_are_encoded_once(base: Base, subject: Subject, prior: Tensor) -> None:
    """The autoencoder runs when the training is built, never in a step."""
    calls: list[int] = []
    hook = base.family.vae.encoder.register_forward_pre_hook(lambda _module, inputs: calls.append(len(inputs[0])))
    run(Training(base, subject, RECIPE, 0, prior))
    hook.remove()
    assert calls == [3]


def test_a_prior_term_needs_prior_latents(base: Base, subject: Subject) -> None:
    """λ > 0 without latents is an error, not a silent λ = 0."""
    with pytest.raises(RecipeInvalid, match="prior_loss_weight"):
        Training(base, subject, RECIPE, 0)


def test_a_batch_uses_every_picture_before_one_twice(subject: Subject) -> None:
    """Four draws from three pictures hold all three."""
    means = torch.arange(3.0).view(3, 1, 1, 1).expand(3, 4, 2, 2)
    pictures = LatentPictures(means, torch.zeros_like(means))
    without_noise = Ddim(
        alphas=torch.ones(10),
        final_alpha=torch.tensor(1.0),
        prediction_type="sample",
        timestep_spacing="leading",
        steps_offset=0,
        clip=None,
    )
    for step in range(5):
        drawn = pictures.draw_batch(without_noise, 4, 0, step, None).x[:, 0, 0, 0]
        assert set(drawn.tolist()) == {0.0, 1.0, 2.0}


def test_a_trained_shift_is_refused_by_another_base(
    base: Base, subject: Subject, prior: Tensor, tmp_path: Path
) -> None:
    """A shift of one base, loaded on another, raises and names the two fingerprints."""
    from tests.tiny_pipeline import write_tiny_pipeline

    other = load_base(write_tiny_pipeline(tmp_path / "other", seed=1), factors_dir=tmp_path)
    training = Training(base, subject, replace(RECIPE, steps=1), 0, prior)
    run(training)
    sampling: Iterator[object] = sample(other, SamplingSpec("a dog", steps=1), training.shift())
    with pytest.raises(ShiftOfAnotherBase, match=f"{base.fingerprint}.*{other.fingerprint}"):
        next(sampling)


def test_training_runs_in_bfloat16(tiny_pipeline: Path, factors_dir: Path, subject: Subject, prior: Tensor) -> None:
    """In bfloat16 the shift and its moments stay float32 and the loss is finite."""
    half = load_base(tiny_pipeline, factors_dir=factors_dir, dtype="bfloat16")
    training = Training(half, subject, RECIPE, 0, prior)
    assert all(math.isfinite(r.loss) for r in run(training))
    assert {tensor.dtype for tensor in training.state().tensors.values()} == {torch.float32}
