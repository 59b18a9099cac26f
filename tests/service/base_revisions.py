"""Revisions of bases, as an operator handles them."""

from sqlalchemy import func, update

from service.infra.database import Database
from service.tables import BaseRevision


def retire(database: Database, name: str, revision: int) -> None:
    """Take a revision out of service."""
    with database.engine() as session:
        session.execute(
            update(BaseRevision)
            .where(BaseRevision.name == name, BaseRevision.revision == revision)
            .values(retired_at=func.now())
        )
