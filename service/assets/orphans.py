"""Objects without a row: uploads of attempts that lost their lease, and of requests that were not committed."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta

from sqlalchemy import select

from service.infra.database import Database
from service.infra.object_store import ObjectStore
from service.settings import Settings
from service.tables import Artifact, BaseRevision, PendingDeletion, PriorSet

COLUMNS = (Artifact.object_key, PendingDeletion.object_key, PriorSet.object_key, BaseRevision.singular_values_key)


def delete_orphans(database: Database, store: ObjectStore, settings: Settings) -> int:
    """Delete every object that is older than `orphan_age_seconds` and has no row; return how many.

    The age keeps objects whose row is still to come: an upload and its row are never that far apart.
    """
    before = datetime.now(UTC) - timedelta(seconds=settings.orphan_age_seconds)
    deleted = 0
    for page in store.pages():
        for key in _find_orphans(database, [listed.key for listed in page if listed.modified < before]):
            store.delete(key)
            deleted += 1
    return deleted


def _find_orphans(database: Database, keys: Sequence[str]) -> Iterator[str]:
    recorded: set[str | None] = set()
    if keys:
        with database.engine() as session:
            for column in COLUMNS:
                recorded.update(session.scalars(select(column).where(column.in_(keys))))
    return (key for key in keys if key not in recorded)
