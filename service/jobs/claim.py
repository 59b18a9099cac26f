"""Claiming: the fairest tenant below its cap, then its most urgent job; all of it is `claim_job` in the database."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import text

from service.infra.database import Database

CLAIM = text("SELECT * FROM claim_job(:worker, :lease_seconds, CAST(:warm AS text[]))")


@dataclass(frozen=True)
class Claim:
    """One attempt at one job, and the token that guards everything it writes."""

    job_id: UUID
    tenant_id: UUID
    kind: str
    spec: dict[str, Any]
    fingerprint: str
    attempt: int
    token: int
    estimate_seconds: float


def claim(database: Database, worker: str, lease_seconds: float, warm: Sequence[str] = ()) -> Claim | None:
    """Take one job for a lease on the database's clock; None if nothing can be taken now.

    `warm` are the fingerprints of the bases that the worker has loaded.
    """
    values = {"worker": worker, "lease_seconds": lease_seconds, "warm": list(warm)}
    with database.engine_statement() as connection:
        row = connection.execute(CLAIM, values).one_or_none()
    return Claim(**row._mapping) if row else None  # noqa: SLF001 — SQLAlchemy's public name for a row as a mapping
