"""The tables of webhooks: endpoints, deliveries, and the log of attempts."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, String
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from service.enums import DeliveryState
from service.tables.base import Created, Id, Table, Tenant

DELIVERY_STATES = ", ".join(f"'{state}'" for state in DeliveryState)


class WebhookEndpoint(Table):
    """Where a tenant is notified of what happens. Secrets are in clear, since each delivery is signed with them.

    They load only where a query names them, so that no other code can leak them.
    """

    __tablename__ = "webhook_endpoints"

    id: Mapped[Id]
    tenant_id: Mapped[Tenant]
    url: Mapped[str]
    events: Mapped[list[str]] = mapped_column(ARRAY(String))
    description: Mapped[str]
    secret: Mapped[str] = mapped_column(deferred=True, deferred_raiseload=True)
    secret_created_at: Mapped[Created]
    old_secret: Mapped[str | None] = mapped_column(deferred=True, deferred_raiseload=True)
    old_secret_until: Mapped[datetime | None]
    disabled_at: Mapped[datetime | None]
    disabled_reason: Mapped[str | None]
    failures: Mapped[int] = mapped_column(server_default="0")  # in a row, while the breaker was closed or probing
    paused_until: Mapped[datetime | None]  # the breaker is open: then one probe at a time
    served_at: Mapped[datetime | None]  # when something was claimed for it last: the longest ago goes first
    created_at: Mapped[Created]


class WebhookDelivery(Table):
    """One message to one endpoint. Its id is the `webhook-id`, the same at every attempt."""

    __tablename__ = "webhook_deliveries"
    __table_args__ = (
        CheckConstraint(f"state IN ({DELIVERY_STATES})", name="state"),
        Index("webhook_deliveries_due_idx", "endpoint_id", "next_at", "id", postgresql_where="state = 'pending'"),
        Index("webhook_deliveries_leased_idx", "endpoint_id", postgresql_where="lease_until IS NOT NULL"),
        Index("webhook_deliveries_event_key", "job_id", "endpoint_id", "seq", unique=True),
        Index("webhook_deliveries_endpoint_id_idx", "endpoint_id", "id"),
        Index("webhook_deliveries_created_at_idx", "created_at"),
    )

    id: Mapped[Id]
    tenant_id: Mapped[Tenant]
    endpoint_id: Mapped[UUID] = mapped_column(ForeignKey("webhook_endpoints.id", ondelete="CASCADE"))
    job_id: Mapped[UUID | None] = mapped_column(ForeignKey("jobs.id", ondelete="CASCADE"))
    batch_id: Mapped[UUID | None] = mapped_column(ForeignKey("batches.id", ondelete="CASCADE"), index=True)
    seq: Mapped[int | None]  # of the job's event
    type: Mapped[str]
    payload: Mapped[dict[str, Any]]
    state: Mapped[str]
    attempts: Mapped[int] = mapped_column(server_default="0")  # since it was created or replayed last
    begun_at: Mapped[Created]  # when it was created or replayed last
    next_at: Mapped[Created]
    token: Mapped[int | None] = mapped_column(BigInteger)
    lease_until: Mapped[datetime | None]
    created_at: Mapped[Created]
    delivered_at: Mapped[datetime | None]


class WebhookAttempt(Table):
    """An entry of the delivery log: what the receiver answered, or why no answer came; never a body."""

    __tablename__ = "webhook_attempts"

    delivery_id: Mapped[UUID] = mapped_column(ForeignKey("webhook_deliveries.id", ondelete="CASCADE"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    tenant_id: Mapped[Tenant]
    at: Mapped[Created]
    status: Mapped[int | None]
    error: Mapped[str | None]
    milliseconds: Mapped[int]
