"""Transitions of many waiting jobs at once, in a few statements: each gets what `transitions.move` does to one."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import func, insert, literal, select, update
from sqlalchemy.orm import Session

from service.enums import JobState
from service.jobs.specs import TRAINS
from service.jobs.training_state import drop_training_states
from service.jobs.transitions import is_waiting, states_before
from service.tables import Job, JobEvent, TenantLoad
from service.webhooks import outbox


def queue_blocked(session: Session, specs: Mapping[UUID, dict[str, Any]]) -> None:
    """Queue blocked jobs, whose rows are locked, with their completed specs. They are counted as pending already."""
    jobs = session.scalars(select(Job).where(Job.id.in_(specs), Job.state == JobState.BLOCKED)).all()
    now = session.scalars(select(func.now())).one()
    changes = {"state": JobState.QUEUED.value, "available_at": now}
    rows = [{"id": job.id, "spec": specs[job.id], "event_seq": job.event_seq + 1} | changes for job in jobs]
    if rows:
        session.execute(update(Job), rows)
        _record_events(session, [job.id for job in jobs], JobState.QUEUED, {})


def end_waiting(
    session: Session,
    tenant_id: UUID,
    job_ids: Sequence[UUID],
    target: JobState,
    *,
    error: dict[str, Any] | None = None,
) -> int:
    """End those of the tenant's jobs that wait, whose rows are locked already; return how many.

    Counters, events and webhooks are as if they had ended one by one. The tenant's load is locked last.
    """
    ended = _end_rows(session, job_ids, target, error)
    if ended:
        drop_training_states(session, [job.id for job in ended if job.kind in TRAINS])
        _record_events(session, [job.id for job in ended], target, {"error": error} if error else {})
        outbox.notify_jobs_ended(session, ended)
        _count_ended(session, tenant_id, ended)
    return len(ended)


def _end_rows(
    session: Session, job_ids: Sequence[UUID], target: JobState, error: dict[str, Any] | None
) -> Sequence[Job]:
    allowed = [state for state in states_before(target) if is_waiting(state)]
    values: dict[str, Any] = {
        "state": target.value,
        "ended_at": func.now(),
        "phase": None,
        "interrupted_at": None,
        "event_seq": Job.event_seq + 1,
    }
    if error is not None:  # None would be written as JSON's null, which is not SQL's
        values["error"] = error
    waiting = update(Job).where(Job.id.in_(job_ids), Job.state.in_(allowed))
    options = {"synchronize_session": False, "populate_existing": True}
    return session.scalars(waiting.values(values).returning(Job), execution_options=options).all()


def _record_events(session: Session, job_ids: Sequence[UUID], target: JobState, data: dict[str, Any]) -> None:
    """The next event of each; its number is the row's."""
    event = select(Job.id, Job.event_seq, Job.tenant_id, literal(target.value), literal(data, JobEvent.data.type))
    columns = [JobEvent.job_id, JobEvent.seq, JobEvent.tenant_id, JobEvent.type, JobEvent.data]
    session.execute(insert(JobEvent).from_select(columns, event.where(Job.id.in_(job_ids))))


def _count_ended(session: Session, tenant_id: UUID, ended: Sequence[Job]) -> None:
    lines = sum(job.batch_id is not None for job in ended)
    counters = {
        TenantLoad.pending: TenantLoad.pending - (len(ended) - lines),
        TenantLoad.batch_pending: TenantLoad.batch_pending - lines,
    }
    session.execute(update(TenantLoad).where(TenantLoad.tenant_id == tenant_id).values(counters))
