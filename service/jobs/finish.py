"""The end of an attempt: one token-guarded transaction, in which the loser of a race changes nothing."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from service import artifacts
from service.artifacts import Stored
from service.database import Scope
from service.jobs.claim import Claim
from service.jobs.lifecycle import LostLease, lock, move, requeue
from service.jobs.states import LEASED, JobState
from service.tables import Job, Usage


def succeed(scope: Scope, claim: Claim, stored: Sequence[Stored], result: dict[str, Any]) -> bool:
    """Make the artifacts visible and the job succeeded. A cancel that was asked for goes first: then False."""
    job = held(scope, claim)
    if job.state == JobState.CANCELING:
        for artifact in stored:
            artifacts.doom(scope, artifact.key)
        cancel(scope, claim)
        return False
    for artifact in stored:
        artifacts.record(scope, artifact, claim.job_id)
    drop_training_state(scope, claim.job_id)
    end(scope, claim, job, JobState.SUCCEEDED, data={}, result=result)
    return True


def fail(scope: Scope, claim: Claim, error: dict[str, Any]) -> None:
    """End the job with an error that a retry would not mend. A cancel that was asked for goes first."""
    job = held(scope, claim)
    if job.state == JobState.CANCELING:
        cancel(scope, claim)
        return
    drop_training_state(scope, claim.job_id)
    end(scope, claim, job, JobState.FAILED, data={"error": error}, error=error)


def cancel(scope: Scope, claim: Claim) -> None:
    """End a job whose cancel was asked for."""
    job = held(scope, claim)
    drop_training_state(scope, claim.job_id)
    end(scope, claim, job, JobState.CANCELED, data={})


def release(scope: Scope, claim: Claim) -> None:
    """Give the job back without counting the attempt: this worker is shutting down."""
    job = held(scope, claim)
    if job.state in {JobState.CANCELING, JobState.PAUSING}:
        pause(scope, claim)
        return
    given_back = _given_back(scope, claim, job)
    requeue(scope.session, job, event="released", interrupted_at=func.now(), **given_back)


def pause(scope: Scope, claim: Claim) -> None:
    """Lay the job aside without counting the attempt: its client asked for that. A cancel goes first."""
    job = held(scope, claim)
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


def held(scope: Scope, claim: Claim) -> Job:
    """The claim's job, locked; LostLease if the token is no longer the job's."""
    job = lock(scope.session, claim.job_id, claim.token)
    if job is None or job.state not in LEASED:
        raise LostLease(claim.job_id)
    return job


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


def drop_training_state(scope: Scope, job_id: UUID) -> None:
    """A job that ended needs no state to resume from."""
    for artifact in artifacts.of_job(scope, job_id, "training_state"):
        artifacts.discard(scope, artifact)
