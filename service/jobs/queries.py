"""What a tenant may read of its jobs, and the one thing it may ask of them: to stop."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import ARRAY, Integer, Uuid, cast, func, select
from sqlalchemy.orm import Session

from service.database import Scope
from service.errors import NotFound, WrongState
from service.jobs.finish import drop_training_state
from service.jobs.lifecycle import lock, move
from service.jobs.states import LEASED, TERMINAL, JobState
from service.pages import Page, page
from service.tables import Job, JobEvent

WAKE = "wake"  # the key in a session's `info` that names the jobs to wake the workers for after the commit


def get(scope: Scope, job_id: UUID | None) -> Job:
    """The tenant's job; NotFound for any other id."""
    query = select(Job).where(Job.id == job_id, Job.tenant_id == scope.tenant_id)
    job = scope.session.scalar(query) if job_id else None
    if job is None:
        raise NotFound("job")
    return job


def listing(
    scope: Scope, *, limit: int, after: UUID | None, status: JobState | None = None, kind: str | None = None
) -> Page[Job]:
    """The tenant's jobs, newest first."""
    query = select(Job).where(Job.tenant_id == scope.tenant_id)
    if status is not None:
        query = query.where(Job.state == status)
    if kind is not None:
        query = query.where(Job.kind == kind)
    return page(scope.session, query, Job.id, limit=limit, after=after)


def cancel(scope: Scope, job_id: UUID | None) -> Job:
    """Stop a job: at once if it waits, at its next step if it runs. A second cancel changes nothing."""
    job = lock(scope.session, get(scope, job_id).id)
    if job is None:
        raise NotFound("job")
    if job.state in {JobState.CANCELING, JobState.CANCELED}:
        return job
    if job.state in TERMINAL:
        raise WrongState(job.state, "be cancelled")
    if job.state in LEASED:
        move(scope.session, job, JobState.CANCELING)
    else:
        drop_training_state(scope, job.id)
        move(scope.session, job, JobState.CANCELED)
    scope.session.info.setdefault(WAKE, []).append(job.id)
    return job


def events_after(session: Session, watched: dict[UUID, int]) -> Sequence[JobEvent]:
    """The events of each job past the sequence number that its watcher has seen; in order."""
    if not watched:
        return []
    watch = func.unnest(cast(list(watched), ARRAY(Uuid)), cast(list(watched.values()), ARRAY(Integer)))
    seen = watch.table_valued("job_id", "seq", name="watch").render_derived()
    query = select(JobEvent).join(seen, (JobEvent.job_id == seen.c.job_id) & (JobEvent.seq > seen.c.seq))
    return session.scalars(query.order_by(JobEvent.job_id, JobEvent.seq)).all()
