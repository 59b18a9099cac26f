"""Keyset pages: newest first, continued after the last id that the client has seen."""

from dataclasses import dataclass
from typing import Any, Generic, TypeVar
from uuid import UUID

from sqlalchemy import Select
from sqlalchemy.orm import InstrumentedAttribute, Session

Row = TypeVar("Row")


@dataclass(frozen=True)
class Page(Generic[Row]):
    """Some rows of a list, and whether there are more."""

    rows: tuple[Row, ...]
    has_more: bool


def fetch_page(
    session: Session,
    query: Select[Any],
    key: InstrumentedAttribute[Any],
    *,
    limit: int,
    after: UUID | None,
) -> Page[Any]:
    """At most `limit` rows in falling order of the time-ordered key, beginning below `after`."""
    if after is not None:
        query = query.where(key < after)
    rows = tuple(session.scalars(query.order_by(key.desc()).limit(limit + 1)))
    return Page(rows[:limit], has_more=len(rows) > limit)
