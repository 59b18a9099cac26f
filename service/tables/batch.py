"""The table of batches."""

from datetime import datetime

from sqlalchemy import Index
from sqlalchemy.orm import Mapped

from service.tables.base import Created, Id, Table, Tenant


class Batch(Table):
    """A file of jobs, one a line. Its progress is that of its jobs."""

    __tablename__ = "batches"
    __table_args__ = (Index("batches_open_idx", "created_at", postgresql_where="ended_at IS NULL"),)

    id: Mapped[Id]
    tenant_id: Mapped[Tenant]
    name: Mapped[str | None]
    lines: Mapped[int]
    sha256: Mapped[str]
    created_at: Mapped[Created]
    canceled_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
