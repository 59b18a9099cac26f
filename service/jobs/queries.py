"""What a tenant may read of its jobs."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import ARRAY, Integer, Uuid, cast, func, select, true
from sqlalchemy.orm import Session, aliased

from service.enums import JobState
from service.errors import NotFound
from service.infra.database import Scope
from service.pagination import Page, fetch_page
from service.tables import Job, JobEvent


def get(scope: Scope, job_id: UUID | None) -> Job:
    """The tenant's job; NotFound for any other id."""
    query = select(Job).where(Job.id == job_id, Job.tenant_id == scope.tenant_id)
    job = scope.session.scalar(query) if job_id else None
    if job is None:
        raise NotFound("job")
    return job


def list_page(
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
    return fetch_page(scope.session, query, Job.id, limit=limit, after=after)


def list_events_after(session: Session, watched: dict[UUID, int], limit: int | None = None) -> Sequence[JobEvent]:
    """The events of each job after the number that its watcher has seen last, in order; at most `limit` of each job."""
    if not watched:
        return []
    watch = func.unnest(cast(list(watched), ARRAY(Uuid)), cast(list(watched.values()), ARRAY(Integer)))
    seen = watch.table_valued("job_id", "seq", name="watch").render_derived()
    later = select(JobEvent).where(JobEvent.job_id == seen.c.job_id, JobEvent.seq > seen.c.seq)
    page = aliased(JobEvent, later.order_by(JobEvent.seq).limit(limit).lateral("page"))
    return session.scalars(select(page).join_from(seen, page, true()).order_by(page.job_id, page.seq)).all()
