"""One attempt at one job: from its first heartbeat to the transaction that ends it."""

import time
from collections.abc import Callable, Mapping
from enum import Enum
from typing import Any, TypeAlias

import structlog
from sqlalchemy.exc import OperationalError

from service.infra.database import Scope
from service.jobs import ending as endings
from service.jobs.claim import Claim
from service.jobs.ending import JobResult
from service.jobs.transitions import LostLease
from worker.engine.context import JobContext, Resources
from worker.engine.errors import infrastructure_error, is_final, job_error
from worker.engine.heartbeat import Heartbeat
from worker.engine.progress import Progress
from worker.engine.step_timer import StepTimer
from worker.engine.stop_signal import AttemptStopped, StopReason, StopSignal

log = structlog.get_logger()

COMMIT_RETRY_SECONDS = 0.5

Job: TypeAlias = Callable[[JobContext], JobResult]


class Ending(Enum):
    """How an attempt ends."""

    SUCCEEDED = "succeeded"
    FAILED = "failed"
    RETRY = "retry"
    CANCELED = "canceled"
    PAUSED = "paused"
    RELEASED = "released"
    LOST = "lost"


ENDINGS: Mapping[StopReason, Ending] = {
    StopReason.CANCEL: Ending.CANCELED,
    StopReason.PAUSE: Ending.PAUSED,
    StopReason.HAND_OVER: Ending.RELEASED,
    StopReason.LOST: Ending.LOST,
}


class Attempt:
    """Does the job of a claim under a heartbeat, and ends it in exactly one way."""

    def __init__(self, claim: Claim, resources: Resources) -> None:
        settings, database, notifier = resources.settings, resources.database, resources.notifier
        step_timer = StepTimer(settings.stall_seconds)
        self.claim = claim
        self.stop_signal = StopSignal()
        self.heartbeat = Heartbeat(database, settings, claim, self.stop_signal, step_timer)
        progress = Progress(database, settings, claim, self.stop_signal, step_timer, notifier)
        self._context = JobContext(claim, settings, database, resources.store, resources.loaded_bases, progress)
        self._notifier = notifier
        self._log = log.bind(job=str(claim.job_id), kind=claim.kind, attempt=claim.attempt)
        self._result = JobResult((), {})
        self._error: dict[str, Any] = {}

    def run(self, job: Job) -> None:
        """Do the job and commit its end. Never raises for what the job does."""
        self._log.info("attempt_started")
        self._notifier.jobs_changed([self.claim.job_id])
        try:
            with self.heartbeat:
                ending = self._do(job)
                self._commit(ending)
        except LostLease:
            self._log.warning("attempt_lost")
        except Exception as error:  # noqa: BLE001 — the lease runs out by itself, and maintenance takes the job back
            self._log.error("attempt_not_ended", exc_info=error)
        else:
            self._log.info("attempt_ended", ending=ending.value)
        self._notifier.jobs_changed([self.claim.job_id])

    def _do(self, job: Job) -> Ending:
        """Do the job; its result or its error is kept for the end."""
        try:
            self._context.progress.step("loading")
            self._result = job(self._context)
        except AttemptStopped as stop:
            return ENDINGS[stop.reason]
        except Exception as error:  # noqa: BLE001 — whatever a job raises must end the attempt
            return self._fault(error)
        return Ending.SUCCEEDED

    def _fault(self, error: Exception) -> Ending:
        """Keep the error as the job shows it: the request's, which is final, or the machine's, which a retry mends."""
        if is_final(error):
            self._error = job_error(error)
            self._log.info("attempt_failed", code=error.code)
            return Ending.FAILED
        self._error = infrastructure_error(error)
        self._log.error("attempt_error", exc_info=error)
        return Ending.RETRY

    def _commit(self, ending: Ending) -> None:
        """Commit the end. While the database is away, try again for as long as the heartbeat may hold the lease."""
        while True:
            try:
                with self._context.scope() as scope:
                    self._end(scope, ending)
            except OperationalError as error:
                self._log.warning("end_not_committed", reason=type(error).__name__)
                if self.stop_signal.lost:
                    raise LostLease(self.claim.job_id) from error
                time.sleep(COMMIT_RETRY_SECONDS)
            else:
                return

    def _end(self, scope: Scope, ending: Ending) -> None:
        """Write the end; the row may know better, where a client canceled or paused the job meanwhile."""
        match ending:
            case Ending.SUCCEEDED:
                endings.succeed(scope, self.claim, self._result)
            case Ending.FAILED:
                endings.fail(scope, self.claim, self._error)
            case Ending.RETRY:
                endings.retry_or_fail(scope, self.claim, self._error, self._context.settings)
            case Ending.CANCELED:
                endings.cancel(scope, self.claim)
            case Ending.PAUSED:
                endings.pause(scope, self.claim)
            case Ending.RELEASED:
                endings.release(scope, self.claim)
            case Ending.LOST:
                raise LostLease(self.claim.job_id)
