"""Taking a delivery that is due: one an endpoint at a time, the endpoint that waits longest first."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from service.infra.sql_files import statement
from service.settings import Settings
from service.webhooks import retry

LOCK_RECEIVERS = statement(__file__, "lock_receivers")
CLAIM_DUE = statement(__file__, "claim_due")
MARK_SERVED = statement(__file__, "mark_served")
LEASE_FACTOR = 2.0  # of an attempt's time-out: room for its end to be recorded


@dataclass(frozen=True)
class ClaimedDelivery:
    """A delivery to make, under a lease. What is private of it is not shown where it is printed."""

    id: UUID
    token: int
    endpoint_id: UUID
    probe: bool
    url: str = field(repr=False)
    secrets: tuple[str, ...] = field(repr=False)
    payload: dict[str, Any] = field(repr=False)


@dataclass(frozen=True)
class Receiver:
    """An endpoint that something is due for; its row is locked until the commit."""

    id: UUID
    url: str = field(repr=False)
    secrets: tuple[str, ...] = field(repr=False)
    failures: int


def claim_deliveries(session: Session, settings: Settings, *, healthy: bool, most: int) -> list[ClaimedDelivery]:
    """At most `most` deliveries, one an endpoint, to those whose last attempt went well or to those others.

    Two claims at once keep the bounds: each locks its endpoints, and only then counts what is under way to them.
    The lock lets the outbox pass, so that no job ever waits for a delivery.
    """
    receivers = lock_receivers(session, settings, healthy=healthy, most=most)
    return claim_due(session, settings, receivers) if receivers else []


def claim_due(session: Session, settings: Settings, receivers: Sequence[Receiver]) -> list[ClaimedDelivery]:
    """The oldest due delivery of each, if it still has room: others may have claimed until the lock was had."""
    known = {receiver.id: receiver for receiver in receivers}
    lease_seconds = LEASE_FACTOR * settings.webhook_timeout_seconds
    values = {"ids": list(known), "lease_seconds": lease_seconds} | claim_limits(settings)
    rows = session.execute(CLAIM_DUE, values).all()
    session.execute(MARK_SERVED, {"ids": list(known)})
    return [
        ClaimedDelivery(
            id=row.id,
            token=row.token,
            endpoint_id=row.endpoint_id,
            probe=retry.breaker_is_open(known[row.endpoint_id].failures, settings),
            url=known[row.endpoint_id].url,
            secrets=known[row.endpoint_id].secrets,
            payload=row.payload,
        )
        for row in rows
    ]


def lock_receivers(session: Session, settings: Settings, *, healthy: bool, most: int) -> Sequence[Receiver]:
    """The endpoints that something is due for and that may be sent more; the lock is the caller's."""
    rows = session.execute(LOCK_RECEIVERS, {"healthy": healthy, "most": most} | claim_limits(settings)).all()
    return [Receiver(row.id, row.url, tuple(filter(None, (row.secret, row.old_secret))), row.failures) for row in rows]


def claim_limits(settings: Settings) -> dict[str, int]:
    """How many deliveries to one endpoint may be under way."""
    return {"concurrency": settings.webhook_endpoint_concurrency, "breaker_failures": settings.webhook_breaker_failures}
