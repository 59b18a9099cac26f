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

SAMPLE = "sample"  # the kind of a sample's artifact, and the type of the event that shows it
CHECK = "check"  # the type of the event that holds a measurement


def renew_lease(session: Session, claim: Claim, lease_seconds: float) -> JobState:
    """Renew the lease; returns the job's state. Raises LostLease if the job is no longer the attempt's."""
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


def locked_job(scope: Scope, claim: Claim) -> Job:
    """The claim's job, its row locked. Raises LostLease if the job is no longer the attempt's."""
    job = lock_job(scope.session, claim.job_id, claim.token)
    if job is None or job.state not in LEASED:
        raise LostLease(claim.job_id)
    return job


def record_progress(
    scope: Scope, claim: Claim, *, phase: str, step: int, steps: int | None, data: dict[str, Any]
) -> JobState:
    """Write how far the attempt is, with an event; returns the job's state.

    `steps` is None while nothing has been counted: the job's own number stays.
    """
    job = locked_job(scope, claim)
    steps = job.steps if steps is None else steps
    progress = {"phase": phase, "step": step, "steps": steps} | data
    update_with_event(scope.session, job, "progress", progress, phase=phase, step=step, steps=steps)
    return JobState(job.state)


def record_samples(scope: Scope, claim: Claim, step: int, samples: Sequence[StoredObject]) -> JobState:
    """Make a training step's samples the job's, with an event that shows them; returns the job's state.

    The details of each are its prompt, seed, width and height (pixels), and the step.
    """
    job = locked_job(scope, claim)
    images = []
    for sample in samples:
        artifacts.record(scope, sample, claim.job_id)
        details = {name: sample.details[name] for name in ("prompt", "seed", "width", "height")}
        images.append({"id": to_wire("pic", sample.id), "key": sample.key} | details)
    update_with_event(scope.session, job, SAMPLE, {"step": step, "images": images})
    return JobState(job.state)


def record_check(scope: Scope, claim: Claim, check: dict[str, Any]) -> JobState:
    """Write a check as the job's next event; returns the job's state."""
    job = locked_job(scope, claim)
    update_with_event(scope.session, job, CHECK, check)
    return JobState(job.state)


def recorded_checks(scope: Scope, job_id: UUID) -> dict[int, dict[str, Any]]:
    """The checks among the job's events, by step; of a step that was recorded twice the later."""
    query = (
        select(JobEvent.data)
        .where(JobEvent.job_id == job_id, JobEvent.tenant_id == scope.tenant_id, JobEvent.type == CHECK)
        .order_by(JobEvent.seq)
    )
    return {int(data["step"]): data for data in scope.session.scalars(query)}
