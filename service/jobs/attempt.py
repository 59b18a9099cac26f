"""What an attempt writes while it runs: lease, progress, samples and checks, each guarded by its token."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from service.assets import artifacts
from service.assets.artifacts import StoredObject
from service.enums import LEASED, JobState
from service.ids import to_wire
from service.infra.clock import from_now
from service.infra.database import Scope
from service.jobs.claim import Claim
from service.jobs.transitions import LostLease, lock_job, update_with_event
from service.jobs.workers import check_in
from service.tables import Job, JobEvent

SAMPLE = "sample"  # the kind of such an artifact, and the type of the event that tells it


def renew_lease(session: Session, claim: Claim, lease_seconds: float) -> JobState:
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


def record_samples(scope: Scope, claim: Claim, step: int, drawn: Sequence[StoredObject]) -> JobState:
    """Make pictures that a training has drawn at a step the job's, and tell them; the answer is as that of `beat`.

    The details of each are its prompt, seed, width and height (pixels), and the step.
    """
    job = lock_job(scope.session, claim.job_id, claim.token)
    if job is None or job.state not in LEASED:
        raise LostLease(claim.job_id)
    images = []
    for stored in drawn:
        artifacts.record(scope, stored, claim.job_id)
        told = {name: stored.details[name] for name in ("prompt", "seed", "width", "height")}
        images.append({"id": to_wire("pic", stored.id), "key": stored.key} | told)
    update_with_event(scope.session, job, SAMPLE, {"step": step, "images": images})
    return JobState(job.state)


def record_progress(
    scope: Scope, claim: Claim, *, phase: str, step: int, steps: int | None, data: dict[str, Any]
) -> JobState:
    """Write how far the attempt is, with an event; the answer is as that of `beat`.

    `steps` is None while nothing has been counted: the job's own number stays.
    """
    job = lock_job(scope.session, claim.job_id, claim.token)
    if job is None or job.state not in LEASED:
        raise LostLease(claim.job_id)
    steps = job.steps if steps is None else steps
    told = {"phase": phase, "step": step, "steps": steps} | data
    update_with_event(scope.session, job, "progress", told, phase=phase, step=step, steps=steps)
    return JobState(job.state)


CHECK = "check"  # the type of such an event


def record_check(scope: Scope, claim: Claim, check: dict[str, Any]) -> JobState:
    """Write a check as the job's next event; the state that the job is to be in. LostLease if it is another's."""
    job = locked_job(scope, claim)
    update_with_event(scope.session, job, CHECK, check)
    return JobState(job.state)


def recorded_checks(scope: Scope, job_id: UUID) -> dict[int, dict[str, Any]]:
    """What the job's events tell already, by step; of a step that is told twice the later."""
    query = (
        select(JobEvent.data)
        .where(JobEvent.job_id == job_id, JobEvent.tenant_id == scope.tenant_id, JobEvent.type == CHECK)
        .order_by(JobEvent.seq)
    )
    return {int(data["step"]): data for data in scope.session.scalars(query)}


def locked_job(scope: Scope, claim: Claim) -> Job:
    """The claim's job, locked; LostLease if the token is no longer the job's."""
    job = lock_job(scope.session, claim.job_id, claim.token)
    if job is None or job.state not in LEASED:
        raise LostLease(claim.job_id)
    return job
