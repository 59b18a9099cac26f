"""What the receivers were told: every end once, truly, or it is in the dead-letter list."""

from collections import defaultdict
from collections.abc import Iterator
from typing import Any
from uuid import UUID

from service.ids import from_wire, to_wire
from tests.chaos.audit.evidence import ENDS, Evidence, Finding

ENDPOINTS = "SELECT id, tenant_id FROM webhook_endpoints WHERE disabled_at IS NULL"
DELIVERIES = "SELECT id, endpoint_id, tenant_id, job_id, batch_id, seq, type, state FROM webhook_deliveries"
BATCHES = "SELECT id, tenant_id FROM batches WHERE ended_at IS NOT NULL"


def told(evidence: Evidence) -> Iterator[Finding]:
    """For each end and each of the tenant's endpoints one delivery, under the number of the last event."""
    endpoints = endpoints_by_tenant(evidence)
    made: dict[tuple[UUID, UUID], list[Any]] = defaultdict(list)
    for delivery in evidence.rows(DELIVERIES):
        made[delivery.job_id or delivery.batch_id, delivery.endpoint_id].append(delivery)
    for subject, kind in subjects(evidence):
        for endpoint in endpoints[subject.tenant_id]:
            found = made.pop((subject.id, endpoint), [])
            if len(found) != 1:
                rule = "webhook_doubled" if found else "webhook_untold"
                yield Finding(rule, str(subject.id), f"{len(found)} deliveries of {kind}")
            elif found[0].type != kind or found[0].seq != getattr(subject, "event_seq", None):
                yield Finding("webhook_wrong", str(subject.id), f"{found[0].type}, {found[0].seq}; it is {kind}")
    for subject_id, _ in made:
        yield Finding("webhook_wrong", str(subject_id), "told of something that has not ended")


def endpoints_by_tenant(evidence: Evidence) -> dict[UUID, list[UUID]]:
    """Those that are sent something."""
    found: dict[UUID, list[UUID]] = defaultdict(list)
    for row in evidence.rows(ENDPOINTS):
        found[row.tenant_id].append(row.id)
    return found


def subjects(evidence: Evidence) -> Iterator[tuple[Any, str]]:
    """Everything that has ended, and what is to be told of it."""
    for job in evidence.jobs.values():
        if job.state in ENDS:
            yield job, f"job.{job.state}"
    for batch in evidence.rows(BATCHES):
        yield batch, "batch.ended"


def endpoints(evidence: Evidence) -> Iterator[Finding]:
    """Every webhook that a client registered is there, and there is no other."""
    promised = {from_wire("whk", entry["id"]) for entry in evidence.told("webhook endpoint")}
    there = {row.id for row in evidence.rows(ENDPOINTS)}
    for endpoint in promised - there:
        yield Finding("lost", str(endpoint), "a webhook")
    for endpoint in there - promised:
        yield Finding("unasked", str(endpoint), "a webhook")


def delivered(evidence: Evidence) -> Iterator[Finding]:
    """What counts as delivered was received; nothing still waits."""
    received = {entry["id"] for entry in evidence.webhooks}
    for delivery in evidence.rows(DELIVERIES):
        if delivery.state == "pending":
            yield Finding("webhook_undelivered", str(delivery.id), delivery.type)
        elif delivery.state == "delivered" and to_wire("msg", delivery.id) not in received:
            yield Finding("webhook_not_received", str(delivery.id), delivery.type)


def genuine(evidence: Evidence) -> Iterator[Finding]:
    """What was received is signed, is a delivery that exists, and says what the tables say."""
    deliveries = {to_wire("msg", row.id): row for row in evidence.rows(DELIVERIES)}
    for entry in evidence.webhooks:
        delivery = deliveries.get(entry["id"])
        if not entry["genuine"]:
            yield Finding("webhook_forged", entry["id"])
        elif delivery is None:
            yield Finding("webhook_unknown", entry["id"])
        elif entry["payload"]["type"] != delivery.type or not _true(evidence, entry["payload"], delivery):
            yield Finding("webhook_wrong", entry["id"], str(entry["payload"]))


def _true(evidence: Evidence, payload: dict[str, Any], delivery: Any) -> bool:
    data = payload["data"]
    if delivery.job_id is None:
        return bool(from_wire("bat", data["id"]) == delivery.batch_id)
    job = evidence.jobs.get(delivery.job_id)
    return job is not None and (from_wire("job", data["id"]), data["status"]) == (job.id, job.state)
