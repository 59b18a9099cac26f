"""Moments: on the database's clock, by which alone leases are measured, and as text for clients."""

from datetime import UTC, datetime

from sqlalchemy import ColumnElement, func


def from_now(seconds: float) -> ColumnElement[datetime]:
    """So many seconds from this very moment: unlike `now()`, not from the moment at which the transaction began."""
    moment: ColumnElement[datetime] = func.clock_timestamp() + func.make_interval(0, 0, 0, 0, 0, 0, seconds)
    return moment


def rfc3339(moment: datetime) -> str:
    """The moment in UTC as RFC 3339 writes it: what clients and webhooks read."""
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


def rfc3339_or_none(moment: datetime | None) -> str | None:
    """The same of a moment that may still be to come."""
    return None if moment is None else rfc3339(moment)
