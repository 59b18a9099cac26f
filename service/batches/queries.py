"""What a tenant may read of its batches."""

from collections.abc import Sequence
from enum import StrEnum
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session, defer

from service.enums import TERMINAL, JobState
from service.errors import NotFound
from service.infra.database import Scope
from service.pagination import Page, fetch_page
from service.tables import Batch, Job

SUCCEEDED = frozenset({JobState.SUCCEEDED})
FAILED = TERMINAL - SUCCEEDED


class BatchStatus(StrEnum):
    """`ended` when every line has; how each ended, its own state says."""

    IN_PROGRESS = "in_progress"
    CANCELING = "canceling"
    ENDED = "ended"


def get_status(batch: Batch) -> BatchStatus:
    """The status of the batch as a whole."""
    if batch.ended_at is not None:
        return BatchStatus.ENDED
    return BatchStatus.IN_PROGRESS if batch.canceled_at is None else BatchStatus.CANCELING


def get(scope: Scope, batch_id: UUID | None) -> Batch:
    """The tenant's batch; NotFound for any other id."""
    query = select(Batch).where(Batch.id == batch_id, Batch.tenant_id == scope.tenant_id)
    batch = scope.session.scalar(query) if batch_id else None
    if batch is None:
        raise NotFound("batch")
    return batch


def list_page(scope: Scope, *, limit: int, after: UUID | None) -> Page[Batch]:
    """The tenant's batches, newest first."""
    query = select(Batch).where(Batch.tenant_id == scope.tenant_id)
    return fetch_page(scope.session, query, Batch.id, limit=limit, after=after)


def count_states(session: Session, batch_id: UUID) -> dict[JobState, int]:
    """How many lines are in each state, zeros too."""
    query = select(Job.state, func.count()).where(Job.batch_id == batch_id).group_by(Job.state)
    present = {JobState(state): count for state, count in session.execute(query)}
    return {state: present.get(state, 0) for state in JobState}


def list_ended_lines(
    scope: Scope, batch_id: UUID, states: frozenset[JobState], *, after: int, limit: int
) -> Sequence[Job]:
    """The jobs that ended in one of the states so far, in the order of lines, past the line `after`."""
    query = (
        select(Job)
        .where(Job.batch_id == batch_id, Job.tenant_id == scope.tenant_id, Job.line > after, Job.state.in_(states))
        .order_by(Job.line)
        .limit(limit)
        .options(defer(Job.spec, raiseload=True))
    )
    return scope.session.scalars(query).all()
