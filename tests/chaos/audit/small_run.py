"""A run in one process and without a device: the engine's own functions, real servers, and a journal by hand."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from uuid import UUID

import numpy as np
import psycopg
from sqlalchemy import make_url

from service.assets import artifacts
from service.assets.artifacts import StoredObject
from service.assets.orphans import delete_orphans
from service.assets.shifts import NewShift
from service.batches.ending import end_finished
from service.enums import Priority
from service.ids import new_id, to_wire
from service.infra.database import Database
from service.infra.object_store import ObjectStore
from service.jobs import commands, ending, maintenance
from service.jobs.claim import Claim, claim
from service.jobs.ending import JobResult
from service.jobs.submission import submit_job
from service.settings import Settings
from service.webhooks import endpoints
from svdiff_core.shift.file import Shift, ShiftMetadata, dump
from tests.chaos.audit.audit import audit
from tests.chaos.audit.evidence import Evidence, Finding
from tests.chaos.journal import REQUESTS, WEBHOOKS, Journal
from tests.conftest import Customer, new_customer
from tests.drafts import draft

RECIPE = "recipe"
FINGERPRINT = "svd1-" + "0" * 64
TO_SEND = "SELECT id, payload FROM webhook_deliveries WHERE state = 'pending'"
INTO_BATCH = """
    UPDATE jobs SET batch_id = %(batch)s, custom_id = 'line ' || n, line = n
    FROM (SELECT id, row_number() OVER (ORDER BY id) AS n FROM jobs WHERE id = ANY (%(ids)s)) AS mine
    WHERE jobs.id = mine.id
"""


class SmallRun:
    """Clients, workers, the reaper and the receiver of one tenant. Each call is one committed transaction."""

    def __init__(self, database: Database, settings: Settings, folder: Path) -> None:
        self.database, self.settings, self.folder = database, settings, folder
        self.store = ObjectStore(settings)
        self.customer: Customer = new_customer(database, settings)
        self._requests, self._webhooks = Journal(folder / REQUESTS), Journal(folder / WEBHOOKS)
        assert settings.database_url
        url = make_url(settings.database_url.get_secret_value()).set(drivername="postgresql")
        self._owner_url = url.render_as_string(hide_password=False)
        with database.tenant(self.customer.id) as scope:
            receiver = "http://127.0.0.1:9/tenant"
            endpoint = endpoints.create(scope, settings, url=receiver, events=list(TYPES), description="")
        self._told("webhook endpoint", to_wire("whk", endpoint.id))

    @contextmanager
    def owner(self) -> Iterator[psycopg.Connection]:
        """Past row-level security."""
        with psycopg.connect(self._owner_url) as connection:
            yield connection

    @contextmanager
    def evidence(self) -> Iterator[Evidence]:
        """For the auditor. What is done to its connection is undone at the end."""
        with self.owner() as connection:
            yield Evidence(self.folder, connection, self.store)
            connection.rollback()

    def rules_broken(self) -> set[str]:
        """What the auditor finds."""
        with self.evidence() as evidence:
            return rules(audit(evidence))

    def ask(self, kind: str = "generation", *, expires_in: float | None = None, **facts: Any) -> UUID:
        """A job whose client has its id."""
        with self.database.tenant(self.customer.id) as scope:
            job = draft(kind, fingerprint=FINGERPRINT, steps=3, expires_in=expires_in, seed=7, n=1)
            job_id = submit_job(scope, job, Priority.INTERACTIVE).id
        self._told("job", to_wire("job", job_id), **facts)
        return job_id

    def cancel(self, job_id: UUID) -> None:
        """Asked for by the client."""
        with self.database.tenant(self.customer.id) as scope:
            state = commands.cancel(scope, job_id).state
        self._told("cancel", to_wire("job", job_id), status=state)

    def into_batch(self, *job_ids: UUID) -> UUID:
        """These waiting jobs become the lines of a batch."""
        batch_id, tenant_id = new_id(), self.customer.id
        with self.owner() as owner:
            owner.execute(
                "INSERT INTO batches (id, tenant_id, lines, sha256) VALUES (%s, %s, %s, '')",
                (batch_id, tenant_id, len(job_ids)),
            )
            owner.execute(INTO_BATCH, {"batch": batch_id, "ids": list(job_ids)})
            counts = "pending = pending - %(n)s, batch_pending = batch_pending + %(n)s"
            owner.execute(
                f"UPDATE tenant_loads SET {counts} WHERE tenant_id = %(id)s".encode(),  # noqa: S608 — a constant
                {"n": len(job_ids), "id": tenant_id},
            )
        lines = {f"line {number}": None for number in range(1, 1 + len(job_ids))}
        self._told("batch", to_wire("bat", batch_id), lines=lines)
        return batch_id

    def claim(self) -> Claim:
        """By a worker."""
        claimed = claim(self.database, "host:1:cpu", 60.0)
        assert claimed is not None
        return claimed

    def lose(self, claimed: Claim) -> None:
        """Its worker freezes; the lease runs out, the reaper comes, the back-off ends."""
        with self.owner() as owner:
            owner.execute("UPDATE jobs SET lease_until = now() - interval '1 s' WHERE id = %s", (claimed.job_id,))
        assert maintenance.reap(self.database, self.settings) == 1
        with self.owner() as owner:
            owner.execute("UPDATE jobs SET available_at = now(), avoided_until = now() WHERE state = 'queued'")

    def succeed(self, claimed: Claim, fill: float = 1.0) -> bool:
        """What an attempt does at its end: upload, then the finishing transaction."""
        return self.finish(claimed, self.uploaded(claimed, fill))

    def uploaded(self, claimed: Claim, fill: float = 1.0) -> StoredObject:
        """A result without a row."""
        kind = "shift" if claimed.kind == "fine_tune" else "picture"
        data = dump(Shift({"unet.x": np.full(3, fill, np.float32)}, ShiftMetadata(FINGERPRINT)))
        place = f"jobs/{claimed.job_id.hex}/{claimed.token}"
        return artifacts.upload(
            self.store, claimed.tenant_id, place, kind=kind, data=data, media_type="application/octet-stream"
        )

    def finish(self, claimed: Claim, stored: StoredObject) -> bool:
        """The finishing transaction."""
        if stored.kind == "picture":
            images = [{"id": to_wire("pic", stored.id), "key": stored.key, "seed": 7}]
            result = JobResult([stored], {"images": images})
        else:
            shift = NewShift(stored.id, stored.id, name="", base_name="", fingerprint=FINGERPRINT, words={})
            result = JobResult([stored], {"shift": {"id": to_wire("shf", stored.id)}}, shift)
        with self.database.tenant(claimed.tenant_id) as scope:
            return ending.succeed(scope, claimed, result)

    def tell(self) -> None:
        """The receiver gets what waits for it; batches end before."""
        end_finished(self.database)
        with self.owner() as owner:
            for delivery_id, payload in owner.execute(TO_SEND).fetchall():
                wire_id = to_wire("msg", delivery_id)
                self._webhooks.write("webhook", tenant="tenant", id=wire_id, genuine=True, payload=payload)
            owner.execute("UPDATE webhook_deliveries SET state = 'delivered', delivered_at = now()")
        while artifacts.delete_marked_objects(self.database, self.store):
            pass

    def collect_orphans(self) -> None:
        """As upkeep does after some hours."""
        delete_orphans(self.database, self.store, self.settings.model_copy(update={"orphan_age_seconds": -60.0}))

    def requests(self) -> list[dict[str, Any]]:
        """The journal's entries."""
        return [json.loads(line) for line in (self.folder / REQUESTS).read_text().splitlines()]

    def _told(self, what: str, wire_id: str, status: str | None = None, **facts: Any) -> None:
        key = str(new_id())
        self._requests.write(what, tenant="tenant", path=f"/{what}", key=key, id=wire_id, status=status, **facts)

    def close(self) -> None:
        """The journals' files."""
        self._requests.close()
        self._webhooks.close()


TYPES = ("job.succeeded", "job.failed", "job.canceled", "job.expired", "batch.ended")


def rules(findings: list[Finding]) -> set[str]:
    """The names of the rules that something breaks."""
    return {finding.rule for finding in findings}
