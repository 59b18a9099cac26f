"""Every advisory lock of the database by name. Each is held until its transaction ends."""

import hashlib
import json
from enum import IntEnum, StrEnum

from sqlalchemy import Connection, func, select
from sqlalchemy.orm import Session


class AdvisoryLock(IntEnum):
    """A lock of the whole installation. Any number will do that is the same in every process and version."""

    MIGRATION = 7_340_021  # one process changes the schema
    CLAIM = 7_340_022  # one claim chooses a job; `claim_job` takes it as `:claim_lock`


class KeyedLock(StrEnum):
    """A lock for each key of one kind, such as each tenant."""

    BASE_NAME = "base name"  # one registration gives a base's name its next revision
    IDEMPOTENT_CALL = "idempotent call"  # one request makes what its Idempotency-Key names
    WEBHOOK_CAP = "webhook cap"  # one request counts a tenant's webhooks and adds one


def lock(connection: Connection | Session, which: AdvisoryLock) -> None:
    """Wait for the lock."""
    connection.execute(select(func.pg_advisory_xact_lock(int(which))))


def lock_key(session: Session, kind: KeyedLock, *key: str) -> None:
    """Wait for the key's lock."""
    session.execute(select(func.pg_advisory_xact_lock(number_of(kind, *key))))


def try_lock_key(session: Session, kind: KeyedLock, *key: str) -> bool:
    """Take the key's lock; False if another transaction holds it."""
    return bool(session.scalar(select(func.pg_try_advisory_xact_lock(number_of(kind, *key)))))


def number_of(kind: KeyedLock, *key: str) -> int:
    """The lock's 64 bits, from a SHA-256: all locks share one space of numbers, and no two keys may meet in it."""
    name = json.dumps([kind, *key])
    return int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], signed=True)
