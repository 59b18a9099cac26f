"""What an attempt says while it runs: "I live", "I am this far", "it looks so". All is guarded by its token."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import update
from sqlalchemy.orm import Session

from service import artifacts
from service.artifacts import Stored
from service.clock import from_now
from service.database import Scope
from service.ids import to_wire
from service.jobs.claim import Claim
from service.jobs.lifecycle import LostLease, lock, update_and_tell
from service.jobs.states import LEASED, JobState
from service.jobs.workers import check_in
from service.tables import Job

SAMPLE = "sample"  # the kind of such an artifact, and the type of the event that tells it


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


def sample(scope: Scope, claim: Claim, step: int, drawn: Sequence[Stored]) -> JobState:
    """Make pictures that a training has drawn at a step the job's, and tell them; the answer is as that of `beat`.

    The details of each are its prompt, seed, width and height (pixels), and the step.
    """
    job = lock(scope.session, claim.job_id, claim.token)
    if job is None or job.state not in LEASED:
        raise LostLease(claim.job_id)
    images = []
    for stored in drawn:
        artifacts.record(scope, stored, claim.job_id)
        told = {name: stored.details[name] for name in ("prompt", "seed", "width", "height")}
        images.append({"id": to_wire("pic", stored.id), "key": stored.key} | told)
    update_and_tell(scope.session, job, SAMPLE, {"step": step, "images": images})
    return JobState(job.state)


def report(scope: Scope, claim: Claim, *, phase: str, step: int, steps: int | None, data: dict[str, Any]) -> JobState:
    """Write how far the attempt is, with an event; the answer is as that of `beat`.

    `steps` is None while nothing has been counted: the job's own number stays.
    """
    job = lock(scope.session, claim.job_id, claim.token)
    if job is None or job.state not in LEASED:
        raise LostLease(claim.job_id)
    steps = job.steps if steps is None else steps
    told = {"phase": phase, "step": step, "steps": steps} | data
    update_and_tell(scope.session, job, "progress", told, phase=phase, step=step, steps=steps)
    return JobState(job.state)
