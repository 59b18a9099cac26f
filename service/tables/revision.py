"""The table of base models."""

from datetime import datetime
from typing import Any

from sqlalchemy import Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from service.tables.base import Created, Id, Table


class BaseRevision(Table):
    """One immutable revision of a registered diffusion model; a name points to its newest."""

    __tablename__ = "bases"
    __table_args__ = (
        UniqueConstraint("name", "revision"),
        Index("bases_one_current_a_name", "name", unique=True, postgresql_where="current"),
    )

    id: Mapped[Id]
    name: Mapped[str]
    revision: Mapped[int]
    current: Mapped[bool]
    fingerprint: Mapped[str] = mapped_column(index=True)
    source: Mapped[str]
    source_revision: Mapped[str | None]
    manifest: Mapped[dict[str, Any]]
    created_at: Mapped[Created]
    singular_values_key: Mapped[str | None]  # of the object with its singular values, once a worker has stored them
    retired_at: Mapped[datetime | None]
