"""The tables of tenants: their names, their load and limits, and their API keys."""

from datetime import datetime

from sqlalchemy import CheckConstraint
from sqlalchemy.orm import Mapped, mapped_column

from service.tables.base import Created, Id, Table, Tenant, TenantKey


class TenantRow(Table):
    """A customer: everything else belongs to one, or to the deployment."""

    __tablename__ = "tenants"

    id: Mapped[Id]
    name: Mapped[str] = mapped_column(unique=True)
    created_at: Mapped[Created]


class TenantLoad(Table):
    """A tenant's limits and what it uses of them, in one row that a claim locks."""

    __tablename__ = "tenant_loads"
    __table_args__ = (
        CheckConstraint("running >= 0 AND pending >= 0 AND batch_pending >= 0", name="counts"),
        CheckConstraint("weight > 0", name="weight"),
    )

    tenant_id: Mapped[TenantKey]
    running: Mapped[int] = mapped_column(server_default="0")
    pending: Mapped[int] = mapped_column(server_default="0")
    batch_pending: Mapped[int] = mapped_column(server_default="0")  # lines of batches, not in `pending`
    served_seconds: Mapped[float] = mapped_column(server_default="0")
    weight: Mapped[float] = mapped_column(server_default="1")
    max_running: Mapped[int]
    max_pending: Mapped[int]
    max_batch_pending: Mapped[int]


class ApiKey(Table):
    """A key as its SHA-256 alone; the key itself was shown once."""

    __tablename__ = "api_keys"

    id: Mapped[Id]
    tenant_id: Mapped[Tenant]
    name: Mapped[str]
    digest: Mapped[bytes] = mapped_column(unique=True)
    created_at: Mapped[Created]
    revoked_at: Mapped[datetime | None]
