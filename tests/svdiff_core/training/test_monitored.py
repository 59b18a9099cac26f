"""A training that is measured on its way: what it keeps, where it ends, and what a crash does to it."""

from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass, replace

import numpy as np
import pytest
import torch
from torch import Tensor

from svdiff_core.base import Base
from svdiff_core.errors import AlignmentNotFinite, MethodUnavailable, StateMismatch
from svdiff_core.metrics.alignment import Metrics
from svdiff_core.parameters.early_stopping import Check, StopRule
from svdiff_core.parameters.recipe import Recipe
from svdiff_core.sampling.sampler import SampleStep
from svdiff_core.shift import file
from svdiff_core.shift.file import Shift
from svdiff_core.training import state as training_state
from svdiff_core.training.held_out import HeldOut
from svdiff_core.training.loop import StepRecord, Training
from svdiff_core.training.monitored import MonitoredTraining
from svdiff_core.training.state import TrainingState
from svdiff_core.training.subjects import Subject

RECIPE = Recipe(steps=9, batch_size=2, learning_rate=1e-2, learning_rate_1d=1e-3, prior_loss_weight=0.0, ema_decay=0.5)
RULE = StopRule(every=2, patience=2)
RISING = (0.1, 0.2, 0.3, 0.4, 0.5)


class Given:
    """A metric that gives these scores, one a check, and by what the pictures are only their last digits."""

    def __init__(self, scores: Sequence[float], start: int = 0) -> None:
        self.name = "given"
        self._scores = list(scores[start:])

    def text_alignment(self, pictures: Tensor, prompts: Sequence[str]) -> Tensor:
        """(n,)."""
        return torch.full((len(prompts),), self._scores.pop(0)) + 1e-4 * pictures.mean(dim=(1, 2, 3))

    def image_alignment(self, pictures: Tensor, references: Tensor) -> Tensor:
        """(n,)."""
        return pictures.mean(dim=(1, 2, 3)) * 0 + references.mean()


HELD_OUT = HeldOut(("a sks dog in the snow", "a red sks dog"), Metrics(Given(()), Given(())), steps=2, guidance=4.0)


@dataclass(frozen=True)
class Bench:
    """Makes monitored trainings of one subject on the tiny base."""

    base: Base
    subject: Subject

    def monitored(
        self,
        scores: Sequence[float],
        state: TrainingState | None = None,
        recipe: Recipe = RECIPE,
        rule: StopRule = RULE,
    ) -> MonitoredTraining:
        """A monitored training whose checks will score so."""
        done = len(state.monitor.checks) if state and state.monitor else 0
        metric = Given(scores, done)
        held_out = replace(HELD_OUT, metrics=Metrics(metric, metric))
        training = Training(self.base, self.subject, recipe, 3, None, state)
        return MonitoredTraining(training, held_out, rule, state)

    def plain(self, steps: int) -> dict[str, np.ndarray[tuple[int, ...], np.dtype[np.float32]]]:
        """δ after so many steps of a training that nobody monitors."""
        training = Training(self.base, self.subject, RECIPE, 3)
        with closing(training.steps()) as records:
            for _ in range(steps):
                next(records)
        return dict(training.shift().deltas)


@pytest.fixture
def bench(base: Base, subject: Subject) -> Bench:
    """On the tiny base."""
    return Bench(base, subject)


def deltas(monitored: MonitoredTraining) -> Shift:
    """The result, of a method that makes shifts."""
    return monitored.shift()


def kinds(monitored: MonitoredTraining) -> list[str]:
    """What its records are, in order."""
    named = {StepRecord: "step", SampleStep: "sample", Check: "check"}
    return [named[type(record)] for record in monitored.steps()]


def test_a_training_ends_where_the_rule_says_and_gives_its_best_step(
    bench: Bench, assert_base_untouched: Callable[[], None]
) -> None:
    """Best after 4 of 9 steps, ended after 8: the shift is that of a training of 4 steps, and says so."""
    monitored = bench.monitored((0.1, 0.5, 0.3, 0.2))
    assert kinds(monitored) == ["step", "step", "sample", "sample", "check"] * 4
    assert [check.step for check in monitored.checks] == [2, 4, 6, 8]
    assert (monitored.stopped, monitored.best_check) == (True, monitored.checks[1])
    shift, expected = deltas(monitored), bench.plain(4)
    assert all(np.array_equal(shift.deltas[name], expected[name]) for name in expected)
    assert shift.metadata.recipe == {"seed": 3, **RECIPE.to_mapping(), "trained_steps": 8, "kept_step": 4}
    assert file.load(file.dump(shift)).metadata == shift.metadata
    assert_base_untouched()


def test_a_training_that_goes_on_improving_is_trained_to_its_end(bench: Bench) -> None:
    """Its last step is measured too, though the cadence passes it by; the checks have changed nothing in it."""
    monitored = bench.monitored(RISING)
    assert kinds(monitored).count("step") == 9
    assert [check.step for check in monitored.checks] == [2, 4, 6, 8, 9]
    shift, expected = deltas(monitored), bench.plain(9)
    assert not monitored.stopped
    assert (shift.metadata.recipe["trained_steps"], shift.metadata.recipe["kept_step"]) == (9, 9)
    assert all(np.array_equal(shift.deltas[name], expected[name]) for name in expected)


def test_before_the_first_check_the_result_is_what_there_is(bench: Bench) -> None:
    """Without a word of what was kept."""
    monitored = bench.monitored(RISING)
    with closing(monitored.steps()) as records:
        next(records)
    assert monitored.best_check is None
    shift = deltas(monitored)
    assert "kept_step" not in shift.metadata.recipe
    assert np.array_equal(shift.deltas["unet.conv_in"], bench.plain(1)["unet.conv_in"])


@pytest.mark.parametrize("stop", range(1, 21, 3))
def test_a_resumed_training_checks_and_keeps_bit_for_bit_what_an_undisturbed_one_does(
    bench: Bench, stop: int, assert_base_untouched: Callable[[], None]
) -> None:
    """Ended after any record, within a check or beside one, and resumed from its file by new objects."""
    scores = (0.1, 0.5, 0.3, 0.2)
    whole = bench.monitored(scores)
    for _ in whole.steps():
        pass
    first = bench.monitored(scores)
    with closing(first.steps()) as records:
        for _ in range(stop):
            next(records)
    assert_base_untouched()
    stored = training_state.load(training_state.dump(first.state()))
    second = bench.monitored(scores, stored)
    for _ in second.steps():
        pass
    assert second.checks == whole.checks
    assert (second.state().step, second.stopped) == (8, True)
    assert file.dump(deltas(second)) == file.dump(deltas(whole))
    assert_base_untouched()


def test_a_training_that_was_stopped_does_nothing_when_it_is_resumed(bench: Bench) -> None:
    """It lost its worker while it was saved."""
    whole = bench.monitored((0.5, 0.3, 0.2))
    for _ in whole.steps():
        pass
    again = bench.monitored((), training_state.load(training_state.dump(whole.state())))
    assert kinds(again) == []
    assert file.dump(deltas(again)) == file.dump(deltas(whole))


def test_a_state_that_was_measured_otherwise_is_refused(bench: Bench) -> None:
    """Scores of another rule cannot be compared, and a state without checks says nothing of the best step."""
    first = bench.monitored(RISING)
    state = first.state()
    assert bench.monitored(RISING, state).checks == ()
    with pytest.raises(StateMismatch, match="another rule"):
        bench.monitored(RISING, state, rule=replace(RULE, text_weight=0.4))
    with pytest.raises(StateMismatch, match="another rule"):
        bench.monitored(RISING, first.training.state())
    metric = Given(RISING)
    metric.name = "another"
    with pytest.raises(StateMismatch, match="another metric"):
        MonitoredTraining(first.training, replace(HELD_OUT, metrics=Metrics(metric, metric)), RULE, state)


def test_the_file_of_a_state_that_nobody_monitors_has_nothing_of_it(bench: Bench) -> None:
    """It holds the training alone, and loads as such."""
    state = bench.monitored(RISING).training.state()
    data = training_state.dump(state)
    assert b"monitored" not in data
    assert training_state.load(data).monitor is None


def test_a_measure_that_is_no_number_ends_the_training(bench: Bench) -> None:
    """It could not be stored, nor compared."""
    monitored = bench.monitored((float("nan"),))
    with pytest.raises(AlignmentNotFinite, match="step 2"):
        kinds(monitored)


def test_another_space_is_monitored_in_the_same_way(bench: Bench) -> None:
    """LoRA's factors of the best step are kept; they are no shift."""
    recipe = replace(RECIPE, method="lora", steps=4, learning_rate=1e-2)
    monitored = bench.monitored((0.5, 0.1), recipe=recipe)
    kinds(monitored)
    result = monitored.adapter()
    assert (result.metadata.recipe["trained_steps"], result.metadata.recipe["kept_step"]) == (4, 2)
    assert not isinstance(result, Shift)
    short = Training(bench.base, bench.subject, replace(recipe, steps=2), 3)
    for _ in short.steps():
        pass
    twin = short.adapter()
    assert not isinstance(twin, Shift)
    assert all(torch.equal(tensor, twin.tensors[name]) for name, tensor in result.tensors.items())
    with pytest.raises(MethodUnavailable, match="lora"):
        monitored.shift()
