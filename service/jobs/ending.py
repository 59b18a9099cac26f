"""The end of an attempt: one token-guarded transaction, in which the loser of a race changes nothing."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from service.assets import artifacts, edit_shifts, shifts
from service.assets.artifacts import StoredObject
from service.assets.shifts import NewShift
from service.enums import JobState
from service.infra.clock import from_now
from service.infra.database import Scope
from service.jobs.attempt import locked_job
from service.jobs.claim import Claim
from service.jobs.specs import TRAINS
from service.jobs.training_state import drop_training_states
from service.jobs.transitions import LostLease, move, requeue
from service.settings import Settings
from service.tables import Job, Usage


@dataclass(frozen=True)
class JobResult:
    """What a job made: objects that lie in the store, the JSON that its client reads, and the rows to write with them.

    With an `edit_key`, later edits of the same picture find the shift under it.
    """

    stored: Sequence[StoredObject]
    document: dict[str, Any]
    shift: NewShift | None = None
    edit_key: str | None = None


def succeed(scope: Scope, claim: Claim, result: JobResult) -> bool:
    """Make the result visible and the job succeeded. A cancel that came first wins: then False."""
    job = locked_job(scope, claim)
    if job.state == JobState.CANCELING:
        for stored in result.stored:
            artifacts.mark_for_deletion(scope, stored.key)
        _end(scope, claim, job, JobState.CANCELED)
        return False
    _record(scope, claim, result)
    _end(scope, claim, job, JobState.SUCCEEDED, result=result.document)
    return True


def fail(scope: Scope, claim: Claim, error: dict[str, Any]) -> None:
    """End the job with an error that no retry would mend. A cancel that came first wins."""
    job = locked_job(scope, claim)
    if job.state == JobState.CANCELING:
        _end(scope, claim, job, JobState.CANCELED)
    else:
        _end(scope, claim, job, JobState.FAILED, data={"error": error}, error=error)


def cancel(scope: Scope, claim: Claim) -> None:
    """End a job whose cancel was requested."""
    _end(scope, claim, locked_job(scope, claim), JobState.CANCELED)


def pause(scope: Scope, claim: Claim) -> None:
    """Pause a job whose pause was requested, without counting the attempt. A cancel that came later wins."""
    job = locked_job(scope, claim)
    if job.state == JobState.CANCELING:
        _end(scope, claim, job, JobState.CANCELED)
    elif not move(scope.session, job, JobState.PAUSED, **_uncounted(scope, claim, job)):
        raise LostLease(job.id)


def release(scope: Scope, claim: Claim) -> None:
    """Give the job back without counting the attempt: this worker is shutting down. A cancel or a pause wins."""
    job = locked_job(scope, claim)
    if job.state in {JobState.CANCELING, JobState.PAUSING}:
        pause(scope, claim)
        return
    requeue(scope.session, job, event="released", interrupted_at=func.now(), **_uncounted(scope, claim, job))


def retry_or_fail(scope: Scope, claim: Claim, error: dict[str, Any], settings: Settings) -> None:
    """Requeue the job, or pause it where that was requested; after the last allowed attempt fail it with this error."""
    job = locked_job(scope, claim)
    if claim.attempt >= settings.max_attempts or job.state == JobState.CANCELING:
        fail(scope, claim, error)
        return
    served = _elapsed(scope.session, job) - claim.estimate_seconds
    if job.state == JobState.PAUSING:
        move(scope.session, job, JobState.PAUSED, data={"reason": error["code"]}, served=served)
    else:
        requeue_after_fault(scope.session, job, error["code"], served, settings)


def requeue_after_fault(session: Session, job: Job, reason: str, served: float, settings: Settings) -> None:
    """Requeue a locked job after a fault, with back-off, before the others, and for another worker if there is one."""
    wait = backoff_seconds(job.attempt, settings)
    data = {"reason": reason, "retry_in": wait}
    avoided_until = from_now(wait + settings.retry_avoid_worker_seconds)
    values = {"avoided_worker": job.worker, "avoided_until": avoided_until, "interrupted_at": func.now()}
    requeue(session, job, event="requeued", served=served, wait=wait, data=data, **values)


def backoff_seconds(attempt: int, settings: Settings) -> float:
    """Seconds until the next attempt: doubled each time, up to a ceiling."""
    return min(settings.retry_seconds * 2.0 ** (attempt - 1), settings.retry_max_seconds)


def _record(scope: Scope, claim: Claim, result: JobResult) -> None:
    """Write the rows that make the result's objects the tenant's."""
    for stored in result.stored:
        artifacts.record(scope, stored, claim.job_id)
    if result.shift is not None:
        shifts.record(scope, result.shift)
        if result.edit_key is not None:
            edit_shifts.record(scope, result.edit_key, result.shift.id)


def _end(
    scope: Scope, claim: Claim, job: Job, target: JobState, *, data: dict[str, Any] | None = None, **values: Any
) -> None:
    """Move to a final state, correct the charge to the time really served, and bill it; LostLease if it may not.

    What earlier attempts did before they handed the job over is billed too; what a fault of ours lost is not.
    """
    if job.kind in TRAINS:
        drop_training_states(scope.session, [job.id])
    seconds = _elapsed(scope.session, job)
    billed = round(job.device_seconds + seconds, 3)
    if not move(scope.session, job, target, data=data, served=seconds - claim.estimate_seconds, **values):
        raise LostLease(job.id)
    scope.session.add(Usage(job_id=job.id, tenant_id=scope.tenant_id, kind=job.kind, device_seconds=billed))
    scope.session.flush()


def _uncounted(scope: Scope, claim: Claim, job: Job) -> dict[str, Any]:
    """The values of a job whose attempt ends early through no fault of its own."""
    seconds = _elapsed(scope.session, job)
    return {
        "served": seconds - claim.estimate_seconds,
        "device_seconds": Job.device_seconds + seconds,
        "attempt": Job.attempt - 1,
    }


def _elapsed(session: Session, job: Job) -> float:
    """Seconds since the claim, by the database's clock."""
    query = select(func.extract("epoch", func.clock_timestamp() - Job.claimed_at)).where(Job.id == job.id)
    return float(session.scalar(query) or 0.0)
