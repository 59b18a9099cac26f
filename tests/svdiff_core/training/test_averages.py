from collections.abc import Callable
from dataclasses import replace

import pytest
import torch
from torch import Tensor

from svdiff_core.base import Base
from svdiff_core.errors import RecipeInvalid, StateMismatch
from svdiff_core.parameters.methods import FULL, LORA, SVDIFF, MethodName
from svdiff_core.parameters.recipe import Recipe
from svdiff_core.training import state as training_state
from svdiff_core.training.averages import Averages
from svdiff_core.training.loop import Training
from svdiff_core.training.subjects import Subject

RECIPE = Recipe(steps=4, batch_size=2, learning_rate=1e-2, learning_rate_1d=1e-3, prior_loss_weight=0.0)


def test_steps_count_alike_and_then_less_with_age() -> None:
    """The mean of the first 1 / (1 - decay), then the moving average with that decay."""
    trained = {"x": torch.zeros(1)}
    averages, seen = Averages(trained, 0.75), []
    for step, value in enumerate((4.0, 8.0, 0.0, 2.0, 8.0, 16.0), start=1):
        trained["x"].fill_(value)
        averages.update(step)
        seen.append(float(averages.tensors()[1]["x"]))
    assert seen == pytest.approx([4.0, 6.0, 4.0, 3.5, 4.625, 7.46875])
    assert float(trained["x"]) == 16.0


def test_without_a_decay_there_are_none() -> None:
    """And what is trained is its own result."""
    trained = {"x": torch.ones(1)}
    averages = Averages(trained, 0.0)
    averages.update(1)
    with averages.with_averages():
        assert float(trained["x"]) == 1.0
    assert averages.tensors()[1] == {}


@pytest.mark.parametrize("method", [SVDIFF, FULL, LORA])
def test_the_result_is_the_mean_of_what_every_step_left(
    base: Base, subject: Subject, method: MethodName, assert_base_untouched: Callable[[], None]
) -> None:
    """The steps themselves are those of a training without averages."""
    recipe = replace(RECIPE, method=method)
    plain, left = Training(base, subject, recipe, 0), list[dict[str, Tensor]]()
    for _ in plain.steps():
        left.append({name: tensor.clone() for name, tensor in plain.tensors().items()})
    averaging = Training(base, subject, replace(recipe, ema_decay=0.99), 0)
    losses = [record.loss for record in averaging.steps()]
    assert losses == [record.loss for record in Training(base, subject, recipe, 0).steps()]
    for name, mean in averaging.tensors().items():
        assert torch.allclose(mean, sum((one[name] for one in left), torch.zeros_like(mean)) / 4, atol=1e-6), name
    assert any(not torch.equal(mean, left[-1][name]) for name, mean in averaging.tensors().items())
    assert_base_untouched()


def test_between_two_steps_the_base_draws_by_the_mean(base: Base, subject: Subject) -> None:
    """Attached, and only there; the state that is taken meanwhile, and the steps behind it, are what they were."""
    recipe = replace(RECIPE, ema_decay=0.9)
    disturbed, undisturbed = (Training(base, subject, recipe, 0) for _ in range(2))
    list(undisturbed.steps())
    x, t, states = torch.ones(1, 4, 8, 8), torch.tensor([500]), base.family.encode_prompts(["a dog"])
    for record in disturbed.steps():
        with torch.no_grad():
            by_last = base.family.denoise(x, t, states)
            before = disturbed.state()
            with disturbed.with_averages():
                by_mean = base.family.denoise(x, t, states)
                within = disturbed.state()
        assert torch.equal(by_last, by_mean) is (record.step == 1)
        assert all(torch.equal(tensor, within.tensors[name]) for name, tensor in before.tensors.items())
    for name, tensor in undisturbed.state().tensors.items():
        assert torch.equal(tensor, disturbed.state().tensors[name]), name


def test_a_resumed_training_has_the_same_means(base: Base, subject: Subject) -> None:
    """Bit for bit; the state of a training without them does not do."""
    recipe = replace(RECIPE, ema_decay=0.9)
    whole, first = Training(base, subject, recipe, 0), Training(base, subject, recipe, 0)
    list(whole.steps())
    steps = first.steps()
    next(steps), next(steps)
    steps.close()
    stored = training_state.load(training_state.dump(first.state()))
    second = Training(base, subject, recipe, 0, state=stored)
    list(second.steps())
    for name, tensor in whole.tensors().items():
        assert torch.equal(tensor, second.tensors()[name]), name
    lacking = {name: tensor for name, tensor in stored.tensors.items() if not name.endswith(".average")}
    with pytest.raises(StateMismatch, match="average is missing"):
        Training(base, subject, recipe, 0, state=replace(stored, tensors=lacking))


def test_a_recipe_says_its_decay_also_where_there_is_none() -> None:
    """0 is no average, and stands in the mapping as every setting of the method; a decay of 1 would never learn."""
    assert RECIPE.to_mapping()["ema_decay"] == 0
    assert replace(RECIPE, ema_decay=0.9).to_mapping()["ema_decay"] == 0.9
    with pytest.raises(RecipeInvalid):
        replace(RECIPE, ema_decay=1.0)
