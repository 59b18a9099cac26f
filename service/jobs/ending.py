"""The end of an attempt: one token-guarded transaction, in which the loser of a race changes nothing."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from service.assets import artifacts
from service.assets.artifacts import StoredObject
from service.enums import JobState
from service.infra.clock import from_now
from service.infra.database import Scope
from service.jobs.attempt import locked_job
from service.jobs.claim import Claim
from service.jobs.training_state import drop_training_state
from service.jobs.transitions import LostLease, move, requeue
from service.settings import Settings
from service.tables import Job, Usage


def succeed(scope: Scope, claim: Claim, stored: Sequence[StoredObject], result: dict[str, Any]) -> bool:
    """Make the artifacts visible and the job succeeded. A cancel that was asked for goes first: then False."""
    job = locked_job(scope, claim)
    if job.state == JobState.CANCELING:
        for artifact in stored:
            artifacts.mark_for_deletion(scope, artifact.key)
        cancel(scope, claim)
        return False
    for artifact in stored:
        artifacts.record(scope, artifact, claim.job_id)
    drop_training_state(scope, claim.job_id)
    end(scope, claim, job, JobState.SUCCEEDED, data={}, result=result)
    return True


def fail(scope: Scope, claim: Claim, error: dict[str, Any]) -> None:
    """End the job with an error that a retry would not mend. A cancel that was asked for goes first."""
    job = locked_job(scope, claim)
    if job.state == JobState.CANCELING:
        cancel(scope, claim)
        return
    drop_training_state(scope, claim.job_id)
    end(scope, claim, job, JobState.FAILED, data={"error": error}, error=error)


def cancel(scope: Scope, claim: Claim) -> None:
    """End a job whose cancel was asked for."""
    job = locked_job(scope, claim)
    drop_training_state(scope, claim.job_id)
    end(scope, claim, job, JobState.CANCELED, data={})


def release(scope: Scope, claim: Claim) -> None:
    """Give the job back without counting the attempt: this worker is shutting down."""
    job = locked_job(scope, claim)
    if job.state in {JobState.CANCELING, JobState.PAUSING}:
        pause(scope, claim)
        return
    given_back = _given_back(scope, claim, job)
    requeue(scope.session, job, event="released", interrupted_at=func.now(), **given_back)


def pause(scope: Scope, claim: Claim) -> None:
    """Pause the job as its client requested, without counting the attempt. A cancel goes first."""
    job = locked_job(scope, claim)
    if job.state == JobState.CANCELING:
        cancel(scope, claim)
    elif not move(scope.session, job, JobState.PAUSED, **_given_back(scope, claim, job)):
        raise LostLease(job.id)


def _given_back(scope: Scope, claim: Claim, job: Job) -> dict[str, Any]:
    """The values of a job whose attempt ends early, and is not to blame."""
    seconds = elapsed(scope.session, job)
    return {
        "served": seconds - claim.estimate_seconds,
        "device_seconds": Job.device_seconds + seconds,
        "attempt": Job.attempt - 1,
    }


def end(scope: Scope, claim: Claim, job: Job, target: JobState, *, data: dict[str, Any], **values: Any) -> None:
    """Move to a final state, correct the charge to the time really served, and bill it; LostLease if it may not.

    What earlier attempts did before they handed the job over is billed too; what a fault of ours lost is not.
    """
    seconds = elapsed(scope.session, job)
    billed = round(job.device_seconds + seconds, 3)
    if not move(scope.session, job, target, data=data, served=seconds - claim.estimate_seconds, **values):
        raise LostLease(job.id)
    scope.session.add(Usage(job_id=job.id, tenant_id=scope.tenant_id, kind=job.kind, device_seconds=billed))
    scope.session.flush()


def elapsed(session: Session, job: Job) -> float:
    """Seconds since the claim, by the database's clock."""
    query = select(func.extract("epoch", func.clock_timestamp() - Job.claimed_at)).where(Job.id == job.id)
    return float(session.scalar(query) or 0.0)


def retry_or_fail(scope: Scope, claim: Claim, error: dict[str, Any], settings: Settings) -> None:
    """Requeue the job; after the last allowed attempt fail it with this error."""
    job = locked_job(scope, claim)
    if claim.attempt >= settings.max_attempts or job.state == JobState.CANCELING:
        fail(scope, claim, error)
        return
    served = elapsed(scope.session, job) - claim.estimate_seconds
    if job.state == JobState.PAUSING:
        move(scope.session, job, JobState.PAUSED, data={"reason": error["code"]}, served=served)
    else:
        requeue_after_fault(scope.session, job, error["code"], served, settings)


def requeue_after_fault(session: Session, job: Job, reason: str, served: float, settings: Settings) -> None:
    """Requeue a locked job after a fault, with back-off, before the others, and for another worker if there is one."""
    wait = backoff_seconds(job.attempt, settings)
    told = {"reason": reason, "retry_in": wait}
    elsewhere = from_now(wait + settings.retry_avoid_worker_seconds)
    values = {"avoided_worker": job.worker, "avoided_until": elsewhere, "interrupted_at": func.now()}
    requeue(session, job, event="requeued", served=served, wait=wait, data=told, **values)


def backoff_seconds(attempt: int, settings: Settings) -> float:
    """Seconds until the next attempt: doubled each time, up to a ceiling."""
    return min(settings.retry_seconds * 2.0 ** (attempt - 1), settings.retry_max_seconds)
