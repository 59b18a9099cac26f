"""What an attempt says while it runs: "I live" and "I am this far". Both are guarded by its token."""

from typing import Any

from sqlalchemy import update
from sqlalchemy.orm import Session

from service.clock import from_now
from service.database import Scope
from service.jobs.claim import Claim
from service.jobs.lifecycle import LostLease, lock, update_and_tell
from service.jobs.states import LEASED, JobState
from service.jobs.workers import check_in
from service.tables import Job


def beat(session: Session, claim: Claim, lease_seconds: float) -> JobState:
    """Renew the lease; the answer is the state that the job is to be in. LostLease if it is ours no more."""
    row = session.execute(
        update(Job)
        .where(Job.id == claim.job_id, Job.token == claim.token, Job.state.in_(LEASED))
        .values(lease_until=from_now(lease_seconds))
        .returning(Job.state, Job.worker)
    ).one_or_none()
    if row is None:
        raise LostLease(claim.job_id)
    check_in(session, row.worker)
    return JobState(row.state)


def report(scope: Scope, claim: Claim, *, phase: str, step: int, steps: int, data: dict[str, Any]) -> JobState:
    """Write how far the attempt is, with an event; the answer is as that of `beat`."""
    job = lock(scope.session, claim.job_id, claim.token)
    if job is None or job.state not in LEASED:
        raise LostLease(claim.job_id)
    told = {"phase": phase, "step": step, "steps": steps} | data
    update_and_tell(scope.session, job, "progress", told, phase=phase, step=step, steps=steps)
    return JobState(job.state)
