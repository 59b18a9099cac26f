"""What a tenant may read of its jobs, and what it may ask of them: to stop, to pause, to go on."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import ARRAY, Integer, Uuid, cast, func, select, true
from sqlalchemy.orm import Session, aliased

from service.database import Scope
from service.errors import NotFound, WrongKind, WrongState
from service.jobs.accept import RING
from service.jobs.finish import drop_training_state
from service.jobs.lifecycle import lock, move, requeue
from service.jobs.specs import TRAINS
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
    scope: Scope,
    *,
    limit: int,
    after: UUID | None,
    status: JobState | None = None,
    kind: str | None = None,
    batch_id: UUID | None = None,
) -> Page[Job]:
    """The tenant's jobs, newest first."""
    query = select(Job).where(Job.tenant_id == scope.tenant_id)
    if status is not None:
        query = query.where(Job.state == status)
    if kind is not None:
        query = query.where(Job.kind == kind)
    if batch_id is not None:
        query = query.where(Job.batch_id == batch_id)
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


def pause(scope: Scope, job_id: UUID | None) -> Job:
    """Lay a training aside: at once if it waits, at its next step if it runs. A second pause changes nothing."""
    job = _training(scope, job_id, "be paused")
    if job.state in {JobState.PAUSING, JobState.PAUSED}:
        return job
    target = JobState.PAUSING if job.state == JobState.RUNNING else JobState.PAUSED
    if not move(scope.session, job, target):
        raise WrongState(job.state, "be paused")
    scope.session.info.setdefault(WAKE, []).append(job.id)
    return job


def resume(scope: Scope, job_id: UUID | None) -> Job:
    """Put a paused job back in the queue; it goes on where its last attempt stored its state."""
    job = _training(scope, job_id, "be resumed")
    if job.state == JobState.QUEUED:
        return job
    if job.state != JobState.PAUSED or not requeue(scope.session, job, event="resumed", served=0.0):
        raise WrongState(job.state, "be resumed")
    scope.session.info[RING] = True
    scope.session.info.setdefault(WAKE, []).append(job.id)
    return job


def _training(scope: Scope, job_id: UUID | None, verb: str) -> Job:
    job = lock(scope.session, get(scope, job_id).id)
    if job is None:
        raise NotFound("job")
    if job.kind not in TRAINS:
        raise WrongKind(job.kind, verb)
    return job


def events_after(session: Session, watched: dict[UUID, int], limit: int | None = None) -> Sequence[JobEvent]:
    """The events of each job past the sequence number that its watcher has seen, in order; of each job `limit`."""
    if not watched:
        return []
    watch = func.unnest(cast(list(watched), ARRAY(Uuid)), cast(list(watched.values()), ARRAY(Integer)))
    seen = watch.table_valued("job_id", "seq", name="watch").render_derived()
    later = select(JobEvent).where(JobEvent.job_id == seen.c.job_id, JobEvent.seq > seen.c.seq)
    page = aliased(JobEvent, later.order_by(JobEvent.seq).limit(limit).lateral("page"))
    return session.scalars(select(page).join_from(seen, page, true()).order_by(page.job_id, page.seq)).all()
