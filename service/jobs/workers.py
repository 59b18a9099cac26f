"""Which worker slots are alive: each records so now and then, under the name that its claims carry."""

from datetime import timedelta

from sqlalchemy import delete, func
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from service.infra.database import Database
from service.tables import WorkerRow

DELETE_AFTER = timedelta(hours=1)


def check_in(session: Session, name: str) -> None:
    """Record that the slot is alive."""
    row = insert(WorkerRow).values(name=name)
    session.execute(row.on_conflict_do_update(index_elements=[WorkerRow.name], set_={"seen_at": func.now()}))


def check_out(database: Database, name: str) -> None:
    """Remove the slot, which is shutting down."""
    with database.engine() as session:
        session.execute(delete(WorkerRow).where(WorkerRow.name == name))


def delete_dead_workers(database: Database) -> None:
    """Delete the rows of slots that died long ago."""
    with database.engine() as session:
        session.execute(delete(WorkerRow).where(WorkerRow.seen_at < func.now() - DELETE_AFTER))


def alive_seconds(poll_interval_seconds: float, heartbeat_interval_seconds: float) -> float:
    """How long after its last check-in a slot counts as alive: three times its longest interval."""
    return 3 * max(poll_interval_seconds, heartbeat_interval_seconds)
