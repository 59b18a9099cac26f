"""Canceling a batch: running jobs and the first lines at once, the rest by upkeep, a chunk in a transaction."""

import time
from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import func, select, update

from service.batches.queries import BatchStatus, get, get_status
from service.enums import JobState
from service.errors import BatchEnded
from service.infra.database import Database, Scope
from service.jobs.bulk_transitions import end_waiting
from service.jobs.transitions import move
from service.tables import Batch, Job

CHUNK_LINES = 1000  # lines in one transaction
TURN_SECONDS = 2.0  # of upkeep, which has other work too: the next turn continues

# Dependents before what they depend on: they are canceled then, and do not fail for the lack of it.
WAITING = (frozenset({JobState.BLOCKED}), frozenset({JobState.QUEUED, JobState.PAUSED}))
RUNNING = frozenset({JobState.RUNNING, JobState.PAUSING})


def cancel(scope: Scope, batch_id: UUID | None) -> Batch:
    """Cancel the whole batch; lines that are not reached now follow within seconds. A second cancel changes nothing."""
    batch = get(scope, batch_id)
    if get_status(batch) is BatchStatus.IN_PROGRESS:
        open_batch = update(Batch).where(Batch.id == batch.id, Batch.canceled_at.is_(None), Batch.ended_at.is_(None))
        scope.session.execute(open_batch.values(canceled_at=func.now()))
        scope.session.refresh(batch)
    if batch.canceled_at is None:
        raise BatchEnded
    if batch.ended_at is None:
        cancel_chunk(scope, batch.id)
    return batch


def continue_cancellations(database: Database) -> list[UUID]:
    """Continue every cancel that was requested, for TURN_SECONDS; return the running jobs that are to stop.

    Safe to run twice at once. A crash in between leaves the rest to the next call.
    """
    running_ids: list[UUID] = []
    deadline = time.monotonic() + TURN_SECONDS
    for batch_id, tenant_id in _list_canceling(database):
        canceled = CHUNK_LINES
        while canceled == CHUNK_LINES and time.monotonic() < deadline:
            with database.tenant(tenant_id) as scope:
                canceled = cancel_chunk(scope, batch_id)
                running_ids += scope.after_commit.changed_jobs
    return running_ids


def _list_canceling(database: Database) -> Sequence[tuple[UUID, UUID]]:
    query = select(Batch.id, Batch.tenant_id).where(Batch.canceled_at.is_not(None), Batch.ended_at.is_(None))
    with database.engine() as session:
        return [(row.id, row.tenant_id) for row in session.execute(query.order_by(Batch.canceled_at))]


def cancel_chunk(scope: Scope, batch_id: UUID) -> int:
    """Request running jobs to stop, and cancel up to CHUNK_LINES of the lines that wait; return how many."""
    _stop_running(scope, batch_id)
    canceled = 0
    for states in WAITING:
        job_ids = _lock_lines(scope, batch_id, states, CHUNK_LINES - canceled)
        canceled += end_waiting(scope.session, scope.tenant_id, job_ids, JobState.CANCELED)
    return canceled


def _stop_running(scope: Scope, batch_id: UUID) -> None:
    job_ids = _lock_lines(scope, batch_id, RUNNING, CHUNK_LINES)
    for job in scope.session.scalars(select(Job).where(Job.id.in_(job_ids))):
        if move(scope.session, job, JobState.CANCELING):
            scope.after_commit.changed_jobs.append(job.id)


def _lock_lines(scope: Scope, batch_id: UUID, states: frozenset[JobState], limit: int) -> Sequence[UUID]:
    """The first lines in these states, their rows locked; those that are locked already are left to the next call."""
    query = (
        select(Job.id)
        .where(Job.batch_id == batch_id, Job.ended_at.is_(None), Job.state.in_(states))
        .order_by(Job.line)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    return scope.session.scalars(query).all()
