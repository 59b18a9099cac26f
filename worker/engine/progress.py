"""How far an attempt is: written to its job at most once a second. Each report is also where the attempt may stop."""

import time
from collections.abc import Callable, Sequence
from typing import Any, Concatenate, ParamSpec

import structlog
from sqlalchemy.exc import SQLAlchemyError

from service.assets.artifacts import StoredObject
from service.enums import JobState
from service.infra.broker import Notifier
from service.infra.database import Database, Scope
from service.jobs.attempt import record_check, record_progress, record_samples
from service.jobs.claim import Claim
from service.jobs.transitions import LostLease
from service.settings import Settings
from worker.engine.step_timer import StepTimer
from worker.engine.stop_signal import STOP_REASONS, AttemptStopped, StopReason, StopSignal

log = structlog.get_logger()

P = ParamSpec("P")

COUNTED_PHASES = frozenset({"training", "sampling"})


class Progress:
    """Called between any two steps. `step` and `steps` on the wire count training or sampling only.

    Every method raises AttemptStopped if the attempt is to end here.
    """

    def __init__(
        self,
        database: Database,
        settings: Settings,
        claim: Claim,
        stop_signal: StopSignal,
        step_timer: StepTimer,
        notifier: Notifier,
    ) -> None:
        self._database = database
        self._settings = settings
        self._claim = claim
        self._stop_signal = stop_signal
        self._step_timer = step_timer
        self._notifier = notifier
        self._reported_at = 0.0
        self._phase = ""
        self._counted: tuple[int, int | None] = (0, None)

    def step(self, phase: str, step: int = 0, steps: int = 0, **data: Any) -> None:
        """One step of a phase is done; it is reported if it is the phase's first or last, or a report is due."""
        self.uncounted_step(phase)
        if phase in COUNTED_PHASES:
            self._counted = (step, steps)
        elif steps:
            data |= {"done": step, "of": steps}
        now = time.monotonic()
        due = now - self._reported_at >= self._settings.progress_interval_seconds
        if due or phase != self._phase or (steps and step == steps):
            self._reported_at, self._phase = now, phase
            self._report(phase, data)

    def uncounted_step(self, phase: str) -> None:
        """One step is done that no count shows, such as a denoising step of a training's sample."""
        self._step_timer.step(phase)
        self._stop_signal.raise_if_set()

    def samples(self, step: int, stored: Sequence[StoredObject]) -> None:
        """The samples of a training step lie in the store: report them."""
        self._write(record_samples, step, stored)

    def check(self, check: dict[str, Any]) -> None:
        """Report what was measured after a training step."""
        self._write(record_check, check)

    def _report(self, phase: str, data: dict[str, Any]) -> None:
        step, steps = self._counted
        if phase in COUNTED_PHASES and steps is not None:
            data |= pace_of(self._step_timer.median(), steps - step)
        self._write(record_progress, phase=phase, step=step, steps=steps, data=data)

    def _write(
        self, record: Callable[Concatenate[Scope, Claim, P], JobState], *arguments: P.args, **named: P.kwargs
    ) -> None:
        """Record something of the job, in a transaction of its own; the job's state may end the attempt."""
        try:
            with self._database.tenant(self._claim.tenant_id) as scope:
                state = record(scope, self._claim, *arguments, **named)
        except LostLease as error:
            raise AttemptStopped(StopReason.LOST) from error
        except SQLAlchemyError as error:  # the heartbeat decides when an outage has lasted too long
            log.warning("progress_not_recorded", job=str(self._claim.job_id), reason=type(error).__name__)
            return
        self._notifier.jobs_changed([self._claim.job_id])
        reason = STOP_REASONS.get(state)
        if reason is not None:
            raise AttemptStopped(reason)


def pace_of(median: float | None, left: int) -> dict[str, float | None]:
    """Steps a second, and seconds until so many more are done; None until a step's time is known."""
    if not median:
        return {"steps_per_second": None, "seconds_per_step": None, "seconds_left": None}
    return {
        "steps_per_second": round(1 / median, 3),
        "seconds_per_step": round(median, 4),
        "seconds_left": round(median * left, 1),
    }
