from sqlalchemy.orm import Mapped, mapped_column

from service.tables.base import Created, Table


class WorkerRow(Table):
    """A slot of a device worker, by the name its claims carry; it says now and then that it lives."""

    __tablename__ = "workers"

    name: Mapped[str] = mapped_column(primary_key=True)
    started_at: Mapped[Created]
    seen_at: Mapped[Created]
