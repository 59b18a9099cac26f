"""The thread that keeps an attempt's lease, and learns from the job's row whether the attempt is to stop."""

import threading
import time
from types import TracebackType
from typing import Self

import structlog
from sqlalchemy.exc import SQLAlchemyError

from service.infra.database import Database
from service.jobs.attempt import renew_lease
from service.jobs.claim import Claim
from service.jobs.transitions import LostLease
from service.settings import Settings
from worker.engine.step_timer import StepTimer
from worker.engine.stop_signal import STOP_REASONS, StopReason, StopSignal

log = structlog.get_logger()


class Heartbeat:
    """Beats every `heartbeat_interval_seconds`, and at once when woken; a context manager around the job."""

    def __init__(
        self, database: Database, settings: Settings, claim: Claim, stop_signal: StopSignal, step_timer: StepTimer
    ) -> None:
        self._database = database
        self._settings = settings
        self._claim = claim
        self._stop_signal = stop_signal
        self._step_timer = step_timer
        self._wake = threading.Event()
        self._done = False
        self._leased_until = time.monotonic() + settings.lease_seconds
        self._thread = threading.Thread(target=self._run, name="heartbeat", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._done = True
        self._wake.set()
        self._thread.join(timeout=self._settings.heartbeat_interval_seconds)

    def wake(self) -> None:
        """Beat now: the job's row has changed."""
        self._wake.set()

    def _run(self) -> None:
        while not self._done:
            self._wake.wait(self._settings.heartbeat_interval_seconds)
            self._wake.clear()
            if not self._done and not self._beat():
                return

    def _beat(self) -> bool:
        """Renew the lease; False when there is no lease left to keep."""
        if self._step_timer.stalled():
            log.error("attempt_stalled", job=str(self._claim.job_id), phase=self._step_timer.phase)
            self._stop_signal.set(StopReason.LOST)
            return False
        begun = time.monotonic()
        try:
            with self._database.engine() as session:
                state = renew_lease(session, self._claim, self._settings.lease_seconds)
        except LostLease:
            self._stop_signal.set(StopReason.LOST)
            return False
        except SQLAlchemyError as error:
            log.warning("heartbeat_failed", job=str(self._claim.job_id), reason=type(error).__name__)
            if time.monotonic() > self._leased_until:
                self._stop_signal.set(StopReason.LOST)
            return True
        self._leased_until = begun + self._settings.lease_seconds
        reason = STOP_REASONS.get(state)
        if reason is not None:
            self._stop_signal.set(reason)
        return True
