"""How far an attempt is: told to the row at most once a second; and the place where it learns that it must stop."""

import time
from collections.abc import Callable, Sequence
from typing import Any

import structlog
from sqlalchemy.exc import SQLAlchemyError

from service.assets.artifacts import StoredObject
from service.enums import JobState
from service.infra.broker import Notifier
from service.infra.database import Database, Scope
from service.jobs import attempt
from service.jobs.attempt import record_progress, record_samples
from service.jobs.claim import Claim
from service.jobs.transitions import LostLease
from service.settings import Settings
from worker.engine.step_timer import StepTimer
from worker.engine.stop_signal import AttemptStopped, StopReason, StopSignal, stop_reason_of

log = structlog.get_logger()

COUNTED_PHASES = frozenset({"training", "sampling"})


class Progress:
    """Called between any two steps. `step` and `steps` on the wire count training or sampling only."""

    def __init__(
        self, database: Database, settings: Settings, claim: Claim, orders: StopSignal, pace: StepTimer, bell: Notifier
    ) -> None:
        self._database = database
        self._settings = settings
        self._claim = claim
        self._orders = orders
        self._pace = pace
        self._bell = bell
        self._told = 0.0
        self._phase = ""
        self._counted: tuple[int, int | None] = (0, None)

    def step(self, phase: str, step: int = 0, steps: int = 0, **data: Any) -> None:
        """One step of a phase is done. Raises Stop if the attempt is to end here."""
        self._pace.step(phase)
        self._orders.obey()
        if phase in COUNTED_PHASES:
            self._counted = (step, steps)
        elif steps:
            data |= {"done": step, "of": steps}
        now = time.monotonic()
        due = now - self._told >= self._settings.progress_interval_seconds
        if due or phase != self._phase or (steps and step == steps):
            self._told, self._phase = now, phase
            self._tell(phase, data)

    def drawing(self) -> None:
        """One denoising step of a sample is done, which no count shows. Raises Stop if the attempt is to end here."""
        self._pace.step("sampling")
        self._orders.obey()

    def sample(self, step: int, drawn: Sequence[StoredObject]) -> None:
        """The pictures of a training step lie in the store: tell them. Raises Stop if the attempt is to end here."""
        self._write(lambda scope: record_samples(scope, self._claim, step, drawn))

    def check(self, told: dict[str, Any]) -> None:
        """What was measured after a training step: tell it. Raises Stop if the attempt is to end here."""
        self._write(lambda scope: attempt.record_check(scope, self._claim, told))

    def _tell(self, phase: str, data: dict[str, Any]) -> None:
        step, steps = self._counted
        if phase in COUNTED_PHASES and steps is not None:
            data |= pace_of(self._pace.median(), steps - step)
        self._write(lambda scope: record_progress(scope, self._claim, phase=phase, step=step, steps=steps, data=data))

    def _write(self, write: Callable[[Scope], JobState]) -> None:
        try:
            with self._database.tenant(self._claim.tenant_id) as scope:
                state = write(scope)
        except LostLease as error:
            raise AttemptStopped(StopReason.LOST) from error
        except SQLAlchemyError as error:  # the heartbeat decides when an outage has lasted too long
            log.warning("progress_not_told", job=str(self._claim.job_id), reason=type(error).__name__)
            return
        self._bell.jobs_changed([self._claim.job_id])
        order = stop_reason_of(state)
        if order is not None:
            raise AttemptStopped(order)


def pace_of(median: float | None, left: int) -> dict[str, float | None]:
    """Steps a second, and seconds until so many more are done; None until a step's time is known."""
    if not median:
        return {"rate": None, "seconds_per_step": None, "seconds_left": None}
    return {"rate": round(1 / median, 3), "seconds_per_step": round(median, 4), "seconds_left": round(median * left, 1)}
