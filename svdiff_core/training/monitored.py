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
    """Iterate `steps()` as a training's; ask for `state()` and `result()` between records or after.

    A check draws and measures with the base as it is trained at that step; it takes nothing from the training's
    random draws. Resumed from a state it goes on bit for bit, checks included.

    Raises:
        StateMismatch: the state is of a training that was watched otherwise.
    """

    def __init__(
        self, training: Training, held_out: HeldOut, rule: StopRule, state: TrainingState | None = None
    ) -> None:
        self.training = training
        self._held_out, self._rule = held_out, rule
        self._digest = digest_of(held_out, rule)
        self._checks: tuple[Check, ...] = ()
        self._best: dict[str, Tensor] = {}
        if state is not None:
            self._resume(state.watched)

    def steps(self) -> Generator[StepRecord | SampleStep | Check, None, None]:
        """Train to the recipe's last step, or until the rule stops it.

        A step is followed, where a check is due, by the steps of its drawing and by the check.

        Raises:
            TrainingDiverged: as from a training.
            AlignmentNotFinite: what was measured is no number.
        """
        if self._owed():  # by an attempt that ended within a check
            with self.training.attached():
                yield from self._check()
        if self.stopped:
            return
        with closing(self.training.steps()) as records:
            for record in records:
                yield record
                if self._owed():
                    yield from self._check()
                if self.stopped:
                    return

    @property
    def checks(self) -> tuple[Check, ...]:
        """Those so far, in order."""
        return self._checks

    @property
    def kept(self) -> Check | None:
        """The check whose step `result()` gives; None before the first."""
        return self._rule.best(self._checks)

    @property
    def stopped(self) -> bool:
        """Whether the rule has ended the training."""
        return self._rule.stops(self._checks)

    @property
    def metrics(self) -> Metrics:
        """What measures."""
        return self._held_out.metrics

    @property
    def stopped_early(self) -> bool:
        """Whether that was before the recipe's last step."""
        return self.stopped and self.training.step < self.training.last_step

    def averaged(self) -> AbstractContextManager[None]:
        """As of a training."""
        return self.training.averaged()

    def state(self) -> TrainingState:
        """What is needed to go on from here, copied."""
        return replace(self.training.state(), watched=MonitorState(self._digest, self._checks, dict(self._best)))

    def result(self) -> Adapter:
        """What was learned at the best check's step, which is in its recipe; before the first check, what there is."""
        if self.kept is None:
            return self.training.result()
        return self.training.result(self._best, trained_steps=self.training.step, kept_step=self.kept.step)

    def shift(self) -> Shift:
        """The same where it is a shift; MethodUnavailable where another space is trained."""
        result = self.result()
        if not isinstance(result, Shift):
            raise MethodUnavailable(result.metadata.method, "it trains no shift")
        return result

    def _owed(self) -> bool:
        step = self.training.step
        measured = bool(self._checks) and self._checks[-1].step == step
        return not measured and self._rule.due(step, self.training.last_step)

    def _check(self) -> Generator[SampleStep | Check, None, None]:
        """Measure the present step, and keep its tensors if it is the best so far."""
        step = self.training.step
        with self.training.averaged():
            pictures = yield from self._held_out.draw(self.training.base)
        text, image = self._held_out.measure(pictures, self.training.subjects)
        if not math.isfinite(text) or not math.isfinite(image):
            raise AlignmentNotFinite(step)
        check = self._rule.check(step, text, image)
        self._checks = (*self._checks, check)
        if self.kept == check:
            self._best = {name: tensor.detach().cpu().clone() for name, tensor in self.training.tensors().items()}
        yield check

    def _resume(self, watched: MonitorState | None) -> None:
        if watched is None or watched.digest != self._digest:
            raise StateMismatch("its checks are of other prompts, another metric or another rule")
        self._checks, self._best = watched.checks, dict(watched.best)


def digest_of(held_out: HeldOut, rule: StopRule) -> str:
    """sha256 hex of all that decides what a check measures and means."""
    drawn = [held_out.prompts, held_out.seed, held_out.steps, held_out.guidance]
    facts = [drawn, held_out.metrics.text.name, held_out.metrics.image.name, asdict(rule)]
    return hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()
