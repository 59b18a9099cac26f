"""The moves between a job's states: which are allowed, and how a locked job makes one, with its counters and its event.

A job changes its state in three ways, by the same table and with the same counters and events: `move` here,
`bulk_transitions` for many waiting jobs at once, and `claim_job` in the database, from queued to running.
"""

from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from service.enums import LEASED, TERMINAL, JobState
from service.tables import Job, JobEvent, TenantLoad
from service.webhooks import outbox

ALLOWED: dict[JobState, frozenset[JobState]] = {
    JobState.BLOCKED: frozenset({JobState.QUEUED, JobState.CANCELED, JobState.FAILED, JobState.EXPIRED}),
    JobState.QUEUED: frozenset({JobState.RUNNING, JobState.PAUSED, JobState.CANCELED, JobState.EXPIRED}),
    JobState.RUNNING: frozenset(
        {
            JobState.QUEUED,
            JobState.PAUSING,
            JobState.CANCELING,
            JobState.SUCCEEDED,
            JobState.FAILED,
        }
    ),
    JobState.PAUSING: frozenset({JobState.PAUSED, JobState.CANCELING, JobState.SUCCEEDED, JobState.FAILED}),
    JobState.PAUSED: frozenset({JobState.QUEUED, JobState.CANCELED, JobState.EXPIRED}),
    JobState.CANCELING: frozenset({JobState.CANCELED}),
    JobState.SUCCEEDED: frozenset(),
    JobState.FAILED: frozenset(),
    JobState.CANCELED: frozenset(),
    JobState.EXPIRED: frozenset(),
}


def states_before(target: JobState) -> frozenset[JobState]:
    """The states from which a move to this one is allowed."""
    return frozenset(state for state, targets in ALLOWED.items() if target in targets)


class LostLease(Exception):
    """The attempt no longer holds its job: another worker has it, or it has ended."""

    def __init__(self, job_id: UUID) -> None:
        super().__init__(f"The lease on the job {job_id} is lost.")


def lock_job(session: Session, job_id: UUID, token: int | None = None) -> Job | None:
    """The job's row, locked; None if the fencing token is another attempt's."""
    query = select(Job).where(Job.id == job_id).with_for_update().execution_options(populate_existing=True)
    if token is not None:
        query = query.where(Job.token == token)
    return session.scalar(query)


def move(
    session: Session,
    job: Job,
    target: JobState,
    *,
    data: dict[str, Any] | None = None,
    event: str | None = None,
    served: float = 0.0,
    **values: Any,
) -> bool:
    """Move a locked job to another state; False if its present state does not allow that.

    The tenant's counters follow, the job gets an event, and webhooks are notified of an end. `served` is added to the
    tenant's device time.
    """
    if target not in ALLOWED[JobState(job.state)]:
        return False
    if target not in LEASED:
        values |= {"token": None, "lease_until": None, "worker": None, "phase": None}
    if target in TERMINAL:
        values |= {"ended_at": func.now()}
    values.setdefault("interrupted_at", None)
    count_move(session, job, target, served)
    update_with_event(session, job, event or target.value, data or {}, state=target.value, **values)
    if target in TERMINAL:
        outbox.notify_job_ended(session, job)
    return True


def requeue(
    session: Session,
    job: Job,
    *,
    event: str,
    served: float,
    wait: float = 0.0,
    data: dict[str, Any] | None = None,
    **values: Any,
) -> bool:
    """Give a locked job back to the queue, to be claimed in `wait` seconds at the earliest; False as with `move`."""
    due = func.now() + timedelta(seconds=wait)
    return move(session, job, JobState.QUEUED, data=data, event=event, served=served, available_at=due, **values)


def count_move(session: Session, job: Job, target: JobState, served: float) -> None:
    """Update the tenant's running and pending counts; this locks their row until the commit."""
    running = (target in LEASED) - (JobState(job.state) in LEASED)
    pending = is_waiting(target) - is_waiting(JobState(job.state))
    waiting = TenantLoad.pending if job.batch_id is None else TenantLoad.batch_pending
    if not (running or pending or served):
        return
    session.execute(
        update(TenantLoad)
        .where(TenantLoad.tenant_id == job.tenant_id)
        .values(
            {
                TenantLoad.running: TenantLoad.running + running,
                waiting: waiting + pending,
                TenantLoad.served_seconds: func.greatest(TenantLoad.served_seconds + served, 0.0),
            }
        )
    )


def is_waiting(state: JobState) -> bool:
    """Whether a job in this state counts as pending."""
    return state not in LEASED and state not in TERMINAL


def update_with_event(session: Session, job: Job, event: str, data: dict[str, Any], **values: Any) -> None:
    """Write the values and the next event together; `seq` comes from the row, so it has no gaps."""
    seq = session.scalar(
        update(Job)
        .where(Job.id == job.id, Job.state == job.state)
        .values(event_seq=Job.event_seq + 1, **values)
        .returning(Job.event_seq)
        .execution_options(synchronize_session=False)
    )
    if seq is None:
        raise LostLease(job.id)
    session.add(JobEvent(job_id=job.id, seq=seq, tenant_id=job.tenant_id, type=event, data=data))
    session.flush()
    session.refresh(job)
