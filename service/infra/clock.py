"""The database's clock, the only one that leases are measured by."""

from datetime import datetime

from sqlalchemy import ColumnElement, func


def from_now(seconds: float) -> ColumnElement[datetime]:
    """That much after this very moment: unlike `now()`, not after the transaction began to wait for its locks."""
    moment: ColumnElement[datetime] = func.clock_timestamp() + func.make_interval(0, 0, 0, 0, 0, 0, seconds)
    return moment
