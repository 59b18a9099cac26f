"""What the auditor looks at: the driver's journal, the tables past row-level security, and the objects.

No code of the service decides here: a fault of it must not hide itself.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg
from psycopg.rows import namedtuple_row

from service.ids import from_wire
from service.infra.object_store import ObjectMissing, ObjectStore
from tests.chaos.journal import REQUESTS, WEBHOOKS, entries

ENDS = frozenset({"succeeded", "failed", "canceled", "expired"})


@dataclass(frozen=True)
class Finding:
    """Something that must not be: the name of the rule, what breaks it, and how."""

    rule: str
    subject: str
    detail: str = ""


@dataclass(frozen=True)
class Evidence:
    """One run, after its end."""

    folder: Path  # of the journal
    database: psycopg.Connection
    store: ObjectStore
    _cache: dict[str, bytes] = field(default_factory=dict, repr=False)

    @cached_property
    def requests(self) -> list[dict[str, Any]]:
        """What was promised to the clients."""
        return list(entries(self.folder / REQUESTS))

    @cached_property
    def webhooks(self) -> list[dict[str, Any]]:
        """What their receiver was told."""
        return list(entries(self.folder / WEBHOOKS))

    def told(self, what: str) -> Iterator[dict[str, Any]]:
        """The journal's entries of one kind."""
        return (entry for entry in self.requests if entry["what"] == what)

    def rows(self, query: str, *values: Any) -> list[Any]:
        """Rows with their columns by name."""
        with self.database.cursor(row_factory=namedtuple_row) as cursor:
            return cursor.execute(query.encode(), values or None).fetchall()

    @cached_property
    def jobs(self) -> dict[UUID, Any]:
        """Every job's row."""
        return {job.id: job for job in self.rows(JOBS)}

    @cached_property
    def accepted(self) -> dict[UUID, dict[str, Any]]:
        """The journal's first entry of each job that a client has the id of; a batch's lines have theirs below."""
        known: dict[UUID, dict[str, Any]] = {}
        for entry in self.told("job"):
            known.setdefault(job_id(entry), entry)
        return known

    @cached_property
    def lines(self) -> dict[UUID, dict[str, str | None]]:
        """The lines of each batch that was accepted: the recipe of a fine-tune by its custom_id."""
        return {batch_id(entry): entry["lines"] for entry in self.told("batch")}

    def object(self, key: str) -> bytes | None:
        """The bytes; None where there are none."""
        try:
            return self.store.get(key)
        except ObjectMissing:
            return None


JOBS = """
    SELECT id, tenant_id, kind, state, spec, result, error, event_seq, attempt, token, worker, lease_until, batch_id,
           custom_id, created_at, expires_at, started_at, ended_at
    FROM jobs ORDER BY id
"""


def job_id(entry: dict[str, Any]) -> UUID:
    """The job that the entry is about."""
    return known("job", entry["id"])


def batch_id(entry: dict[str, Any]) -> UUID:
    """The batch that the entry is about."""
    return known("bat", entry["id"])


def known(prefix: str, text: str) -> UUID:
    """The id in the database of one on the wire; ValueError for any other text."""
    found = from_wire(prefix, text)
    if found is None:
        raise ValueError(text)
    return found
