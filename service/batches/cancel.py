"""Cancelling a batch: what runs and the next lines at once, the rest by upkeep, a chunk in a transaction."""

import time
from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import func, select, update

from service.batches.queries import BatchStatus, get, status
from service.enums import JobState
from service.errors import BatchEnded
from service.infra.database import Database, Scope
from service.jobs.bulk_transitions import end_waiting
from service.jobs.transitions import move
from service.tables import Batch, Job

CHUNK_LINES = 1000  # lines in one transaction
TURN_SECONDS = 2.0  # of upkeep, which has more to do: the next turn goes on

# Dependents before what they need: they are cancelled then, and not failed for the lack of it.
WAITING = (frozenset({JobState.BLOCKED}), frozenset({JobState.QUEUED, JobState.PAUSED}))
RUNNING = frozenset({JobState.RUNNING, JobState.PAUSING})


def cancel(scope: Scope, batch_id: UUID | None) -> Batch:
    """Stop the whole: from now on no line of it stays in the queue or runs on. A second cancel changes nothing."""
    batch = get(scope, batch_id)
    if status(batch) is BatchStatus.IN_PROGRESS:
        open_batch = update(Batch).where(Batch.id == batch.id, Batch.canceled_at.is_(None), Batch.ended_at.is_(None))
        scope.session.execute(open_batch.values(canceled_at=func.now()))
        scope.session.refresh(batch)
    if batch.canceled_at is None:
        raise BatchEnded
    if batch.ended_at is None:
        stop_some(scope, batch.id)
    return batch


def cancel_lines(database: Database) -> list[UUID]:
    """Go on with every cancel that was asked for, for a turn's time; the running jobs that were told to stop.

    Safe to run twice at once. A crash in between leaves the rest to the next call.
    """
    woken: list[UUID] = []
    deadline = time.monotonic() + TURN_SECONDS
    for batch_id, tenant_id in _being_canceled(database):
        stopped = CHUNK_LINES
        while stopped == CHUNK_LINES and time.monotonic() < deadline:
            with database.tenant(tenant_id) as scope:
                stopped = stop_some(scope, batch_id)
                woken += scope.after_commit.changed_jobs
    return woken


def _being_canceled(database: Database) -> Sequence[tuple[UUID, UUID]]:
    query = select(Batch.id, Batch.tenant_id).where(Batch.canceled_at.is_not(None), Batch.ended_at.is_(None))
    with database.engine() as session:
        return [(row.id, row.tenant_id) for row in session.execute(query.order_by(Batch.canceled_at))]


def stop_some(scope: Scope, batch_id: UUID) -> int:
    """Tell what runs to stop, and cancel up to AT_ONCE of the lines that wait; how many."""
    _stop_running(scope, batch_id)
    stopped = 0
    for states in WAITING:
        job_ids = _locked(scope, batch_id, states, CHUNK_LINES - stopped)
        stopped += end_waiting(scope.session, scope.tenant_id, job_ids, JobState.CANCELED)
    return stopped


def _stop_running(scope: Scope, batch_id: UUID) -> None:
    job_ids = _locked(scope, batch_id, RUNNING, CHUNK_LINES)
    for job in scope.session.scalars(select(Job).where(Job.id.in_(job_ids))):
        if move(scope.session, job, JobState.CANCELING):
            scope.after_commit.changed_jobs.append(job.id)


def _locked(scope: Scope, batch_id: UUID, states: frozenset[JobState], limit: int) -> Sequence[UUID]:
    """The first lines in these states, their rows locked; those that somebody else has locked are left to later."""
    query = (
        select(Job.id)
        .where(Job.batch_id == batch_id, Job.ended_at.is_(None), Job.state.in_(states))
        .order_by(Job.line)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    return scope.session.scalars(query).all()
