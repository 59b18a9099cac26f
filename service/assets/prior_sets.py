"""Prior sets: made once for the whole deployment, by one worker at a time, while the others wait."""

from dataclasses import dataclass
from typing import cast

from sqlalchemy import CursorResult, func, or_, select, update
from sqlalchemy.dialects.postgresql import insert

from service.infra.clock import from_now
from service.infra.database import Database
from service.tables import PendingDeletion, PriorSet


@dataclass(frozen=True)
class Ready:
    """The set is in the store."""

    object_key: str


@dataclass(frozen=True)
class InProgress:
    """The set is being made: by this worker (`mine`), or by another."""

    mine: bool


def acquire(database: Database, key: str, token: int, lease_seconds: float) -> Ready | InProgress:
    """The set, or the right to make it for a lease; a worker that dies loses the right when its lease ends."""
    with database.engine() as session:
        session.execute(insert(PriorSet).values(key=key, token=token, lease_until=func.now()).on_conflict_do_nothing())
        row = session.scalars(select(PriorSet).where(PriorSet.key == key)).one()
        if row.object_key is not None:
            return Ready(row.object_key)
        free = or_(PriorSet.token == token, PriorSet.lease_until <= func.now())
        query = update(PriorSet).where(PriorSet.key == key, PriorSet.object_key.is_(None), free)
        statement = query.values(token=token, lease_until=from_now(lease_seconds))
        result = cast("CursorResult[None]", session.execute(statement))
        return InProgress(mine=result.rowcount == 1)


def release(database: Database, key: str, token: int) -> None:
    """Give up the right to make the set, so that the next worker gets it at once."""
    with database.engine() as session:
        own_lease = (PriorSet.key == key, PriorSet.token == token, PriorSet.object_key.is_(None))
        session.execute(update(PriorSet).where(*own_lease).values(lease_until=func.now()))


def discard(database: Database, key: str, object_key: str) -> None:
    """The object is lost or damaged: let the set be made again."""
    with database.engine() as session:
        lost = (PriorSet.key == key, PriorSet.object_key == object_key)
        session.execute(update(PriorSet).where(*lost).values(object_key=None, lease_until=func.now()))


def publish(database: Database, key: str, object_key: str) -> str:
    """Publish the set; return the key that counts. If another worker was first, this object is marked for deletion."""
    with database.engine() as session:
        session.execute(
            update(PriorSet)
            .where(PriorSet.key == key, PriorSet.object_key.is_(None))
            .values(object_key=object_key, lease_until=None)
        )
        winner = session.scalar(select(PriorSet.object_key).where(PriorSet.key == key)) or object_key
        if winner != object_key:
            session.execute(insert(PendingDeletion).values(object_key=object_key).on_conflict_do_nothing())
        return winner
