"""One attempt at one job: from its first heartbeat to the transaction that ends it."""

import time
from collections.abc import Callable

import structlog
from sqlalchemy.exc import OperationalError

from service.infra.broker import Notifier
from service.infra.database import Database, Scope
from service.jobs import ending
from service.jobs.claim import Claim
from service.jobs.ending import retry_or_fail
from service.jobs.transitions import LostLease
from service.settings import Settings
from worker.engine.errors import infrastructure_error
from worker.engine.heartbeat import Heartbeat
from worker.engine.outcome import Outcome
from worker.engine.step_timer import StepTimer
from worker.engine.stop_signal import AttemptStopped, StopReason, StopSignal

log = structlog.get_logger()

END_AGAIN_SECONDS = 0.5


class Attempt:
    """Runs a claim's work under a heartbeat, and ends it in exactly one way."""

    def __init__(self, claim: Claim, database: Database, settings: Settings, bell: Notifier) -> None:
        self.claim = claim
        self.orders = StopSignal()
        self.pace = StepTimer(settings.stall_seconds)
        self.heartbeat = Heartbeat(database, settings, claim, self.orders, self.pace)
        self._database = database
        self._settings = settings
        self._bell = bell

    def run(self, work: Callable[[], Outcome]) -> None:
        """Do the work and end the attempt; never raises for what the work did."""
        told = log.bind(job=str(self.claim.job_id), kind=self.claim.kind, attempt=self.claim.attempt)
        told.info("attempt_started")
        try:
            with self.heartbeat:
                self._end(self._ending(work))
        except LostLease:
            told.warning("attempt_lost")
        except Exception as error:  # noqa: BLE001 — the lease ends by itself, and the reaper takes the job back
            told.error("attempt_not_ended", exc_info=error)
        else:
            told.info("attempt_ended")
        self._bell.jobs_changed([self.claim.job_id])

    def _end(self, ending: Callable[[Scope], None]) -> None:
        """Commit the end. While the database is away, try again for as long as the heartbeat may hold the lease."""
        while True:
            try:
                with self._database.tenant(self.claim.tenant_id) as scope:
                    ending(scope)
            except OperationalError as error:
                log.warning("end_not_committed", job=str(self.claim.job_id), reason=type(error).__name__)
                if self.orders.lost:
                    raise LostLease(self.claim.job_id) from error
                time.sleep(END_AGAIN_SECONDS)
            else:
                return

    def _ending(self, work: Callable[[], Outcome]) -> Callable[[Scope], None]:
        """Do the work; the answer is the transaction that its end calls for."""
        try:
            outcome = work()
        except AttemptStopped as stop:
            order = stop.order
            return lambda scope: self._stopped(scope, order)
        except Exception as error:  # noqa: BLE001 — whatever the work raises must end the attempt
            return self._failed(error)
        return lambda scope: self._succeeded(scope, outcome)

    def _succeeded(self, scope: Scope, outcome: Outcome) -> None:
        if ending.succeed(scope, self.claim, outcome.stored, outcome.result):
            outcome.rows(scope)

    def _stopped(self, scope: Scope, order: StopReason) -> None:
        match order:
            case StopReason.CANCEL:
                ending.cancel(scope, self.claim)
            case StopReason.PAUSE:
                ending.pause(scope, self.claim)
            case StopReason.HAND_OVER:
                ending.release(scope, self.claim)
            case StopReason.LOST:
                raise LostLease(self.claim.job_id)

    def _failed(self, error: Exception) -> Callable[[Scope], None]:
        from worker.engine.errors import is_final, job_error

        if is_final(error):
            told = job_error(error)
            log.info("attempt_failed", job=str(self.claim.job_id), code=told["code"])
            return lambda scope: ending.fail(scope, self.claim, told)
        log.error("attempt_broke", job=str(self.claim.job_id), exc_info=error)
        fault = infrastructure_error(error)
        return lambda scope: retry_or_fail(scope, self.claim, fault, self._settings)
