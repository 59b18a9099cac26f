"""A training that is measured on held-out prompts, ends when it stops improving, and gives its best step."""

import hashlib
import json
import math
from collections.abc import Generator
from contextlib import AbstractContextManager, closing
from dataclasses import asdict, replace

from torch import Tensor

from svdiff_core.errors import AlignmentNotFinite, MethodUnavailable, StateMismatch
from svdiff_core.metrics.alignment import Metrics
from svdiff_core.parameters.early_stopping import Check, StopRule
from svdiff_core.sampling.sampler import SampleStep
from svdiff_core.shift.file import Shift
from svdiff_core.spaces.adapter import Adapter
from svdiff_core.training.held_out import HeldOut
from svdiff_core.training.loop import StepRecord, Training
from svdiff_core.training.state import MonitorState, TrainingState


class MonitoredTraining:
    """A training with checks: iterate `steps()`; call `state()` and `adapter()` between records or after.

    A check samples with the base as it is trained at that step, and measures the pictures; it takes nothing from the
    training's random draws. Resumed from a state it goes on bit for bit, checks included.

    Raises:
        StateMismatch: the state is of a training with other prompts, another metric or another rule.
    """

    def __init__(
        self, training: Training, held_out: HeldOut, rule: StopRule, state: TrainingState | None = None
    ) -> None:
        self.training = training
        self._held_out, self._rule = held_out, rule
        self._digest = monitor_digest(held_out, rule)
        self._checks: tuple[Check, ...] = ()
        self._best: dict[str, Tensor] = {}
        if state is not None:
            self._resume(state.monitor)

    def steps(self) -> Generator[StepRecord | SampleStep | Check, None, None]:
        """Train to the recipe's last step, or until the rule stops it.

        A step is followed, where a check is due, by the steps of its sampling and by the check.

        Raises:
            TrainingDiverged: as from a training.
            AlignmentNotFinite: a metric is not a finite number.
        """
        if self._check_due():  # for an attempt that ended within a check
            with self.training.attach():
                yield from self._check()
        if self.stopped:
            return
        with closing(self.training.steps()) as records:
            for record in records:
                yield record
                if self._check_due():
                    yield from self._check()
                if self.stopped:
                    return

    @property
    def checks(self) -> tuple[Check, ...]:
        """The checks so far, in order."""
        return self._checks

    @property
    def best_check(self) -> Check | None:
        """The check of whose step `adapter()` is; None before the first."""
        return self._rule.best(self._checks)

    @property
    def stopped(self) -> bool:
        """Whether the rule has ended the training."""
        return self._rule.stops(self._checks)

    @property
    def metrics(self) -> Metrics:
        """The metrics that the checks measure."""
        return self._held_out.metrics

    @property
    def stopped_early(self) -> bool:
        """Whether the rule has ended the training before the recipe's last step."""
        return self.stopped and self.training.step < self.training.last_step

    def with_averages(self) -> AbstractContextManager[None]:
        """Let the trained tensors be those of the adapter, as `Training.with_averages` does."""
        return self.training.with_averages()

    def state(self) -> TrainingState:
        """What is needed to go on from here, copied."""
        return replace(self.training.state(), monitor=MonitorState(self._digest, self._checks, dict(self._best)))

    def adapter(self) -> Adapter:
        """The adapter of the best check's step, which its recipe names; before the first check, that of this step."""
        if self.best_check is None:
            return self.training.adapter()
        return self.training.adapter(self._best, trained_steps=self.training.step, kept_step=self.best_check.step)

    def shift(self) -> Shift:
        """The adapter, where it is a shift; MethodUnavailable where another space is trained."""
        adapter = self.adapter()
        if not isinstance(adapter, Shift):
            raise MethodUnavailable(adapter.metadata.method, "it trains no shift")
        return adapter

    def _check_due(self) -> bool:
        step = self.training.step
        measured = bool(self._checks) and self._checks[-1].step == step
        return not measured and self._rule.due(step, self.training.last_step)

    def _check(self) -> Generator[SampleStep | Check, None, None]:
        """Measure the present step, and keep its tensors if it is the best so far."""
        step = self.training.step
        with self.training.with_averages():
            pictures = yield from self._held_out.sample(self.training.base)
        text, image = self._held_out.measure(pictures, self.training.subjects)
        if not math.isfinite(text) or not math.isfinite(image):
            raise AlignmentNotFinite(step)
        check = self._rule.check(step, text, image)
        self._checks = (*self._checks, check)
        if self.best_check == check:
            self._best = {name: tensor.detach().cpu().clone() for name, tensor in self.training.tensors().items()}
        yield check

    def _resume(self, state: MonitorState | None) -> None:
        if state is None or state.digest != self._digest:
            raise StateMismatch("its checks are of other prompts, another metric or another rule")
        self._checks, self._best = state.checks, dict(state.best)


def monitor_digest(held_out: HeldOut, rule: StopRule) -> str:
    """sha256 hex of all that decides what a check measures and means."""
    sampling = [held_out.prompts, held_out.seed, held_out.steps, held_out.guidance]
    facts = [sampling, held_out.metrics.text.name, held_out.metrics.image.name, asdict(rule)]
    return hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()
