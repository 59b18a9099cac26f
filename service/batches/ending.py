"""The end of a batch: recorded, and sent to webhooks, once every line has ended."""

from typing import Any

from sqlalchemy import exists, func, select
from sqlalchemy.orm import Session

from service.batches.queries import count_states, get_status
from service.ids import to_wire
from service.infra.clock import rfc3339, rfc3339_or_none
from service.infra.database import Database
from service.tables import Batch, Job
from service.webhooks import outbox

ENDED = "batch.ended"
BATCH_SIZE = 100  # batches in one transaction


def end_finished(database: Database) -> int:
    """End the batches whose lines all have; return how many. Each row is locked, so that it ends once."""
    with database.engine() as session:
        unfinished = exists().where(Job.batch_id == Batch.id, Job.ended_at.is_(None))
        query = select(Batch).where(Batch.ended_at.is_(None), ~unfinished).order_by(Batch.created_at).limit(BATCH_SIZE)
        batches = session.scalars(query.with_for_update(skip_locked=True)).all()
        for batch in batches:
            batch.ended_at = func.now()
            session.flush()
            session.refresh(batch)
            outbox.notify(session, batch.tenant_id, type=ENDED, subject=summarize(session, batch), batch_id=batch.id)
    return len(batches)


def summarize(session: Session, batch: Batch) -> dict[str, Any]:
    """How the batch ended; its lines' results are a GET away."""
    return {
        "id": to_wire("bat", batch.id),
        "name": batch.name,
        "status": get_status(batch).value,
        "lines": batch.lines,
        "counts": {state.value: count for state, count in count_states(session, batch.id).items()},
        "created_at": rfc3339(batch.created_at),
        "canceled_at": rfc3339_or_none(batch.canceled_at),
        "ended_at": rfc3339_or_none(batch.ended_at),
    }
