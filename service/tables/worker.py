"""The table of device workers that are alive."""

from sqlalchemy.orm import Mapped, mapped_column

from service.tables.base import Created, Table


class WorkerRow(Table):
    """A slot of a device worker, by the name its claims carry; it renews its row while it is alive."""

    __tablename__ = "workers"

    name: Mapped[str] = mapped_column(primary_key=True)
    started_at: Mapped[Created]
    seen_at: Mapped[Created]
