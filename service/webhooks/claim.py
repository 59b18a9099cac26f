"""Taking a delivery that is due: one an endpoint at a time, the endpoint that waits longest first."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from service.settings import Settings
from service.webhooks import retry

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
    values = {"ids": list(known), "lease": LEASE_FACTOR * settings.webhook_timeout_seconds} | claim_limits(settings)
    rows = session.execute(text(TAKE), values).all()
    session.execute(text(SERVED), {"ids": list(known)})
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
    rows = session.execute(text(RECEIVERS), {"healthy": healthy, "most": most} | claim_limits(settings)).all()
    return [Receiver(row.id, row.url, tuple(filter(None, (row.secret, row.old_secret))), row.failures) for row in rows]


def claim_limits(settings: Settings) -> dict[str, int]:
    """How many deliveries to one endpoint may be under way."""
    return {"parallel": settings.webhook_endpoint_concurrency, "enough": settings.webhook_breaker_failures}


DUE = "d.state = 'pending' AND d.next_at <= now() AND (d.lease_until IS NULL OR d.lease_until <= now())"
HAS_ROOM = """
    (SELECT count(*) FROM webhook_deliveries u WHERE u.endpoint_id = e.id AND u.lease_until > now())
    < CASE WHEN e.failures >= :enough THEN 1 ELSE :parallel END
"""
RECEIVERS = f"""
    SELECT e.id, e.url, e.failures, e.secret,
           CASE WHEN e.old_secret_until > now() THEN e.old_secret END AS old_secret
    FROM webhook_endpoints e
    WHERE e.disabled_at IS NULL AND (e.paused_until IS NULL OR e.paused_until <= now())
      AND (e.failures = 0) = :healthy
      AND EXISTS (SELECT FROM webhook_deliveries d WHERE d.endpoint_id = e.id AND {DUE})
      AND {HAS_ROOM}
    ORDER BY e.served_at NULLS FIRST, e.id
    LIMIT :most
    FOR NO KEY UPDATE SKIP LOCKED
"""  # noqa: S608 — constants of this file
TAKE = f"""
    WITH due AS MATERIALIZED (
        SELECT first.id FROM webhook_endpoints e CROSS JOIN LATERAL (
            SELECT d.id FROM webhook_deliveries d
            WHERE d.endpoint_id = e.id AND {DUE}
            ORDER BY d.next_at, d.id LIMIT 1
            FOR NO KEY UPDATE SKIP LOCKED
        ) first
        WHERE e.id = ANY (:ids) AND {HAS_ROOM}
    )
    UPDATE webhook_deliveries d
    SET token = nextval('fencing_tokens'), lease_until = clock_timestamp() + make_interval(secs => :lease)
    FROM due WHERE d.id = due.id
    RETURNING d.id, d.token, d.endpoint_id, d.payload
"""  # noqa: S608 — constants of this file
SERVED = "UPDATE webhook_endpoints SET served_at = clock_timestamp() WHERE id = ANY (:ids)"
