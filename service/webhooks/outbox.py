"""The outbox: what happened, as a row for each endpoint that wants to know, in the transaction in which it happened."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, insert, select
from sqlalchemy.orm import Session

from service.ids import new_id, to_wire
from service.tables import Job, WebhookDelivery, WebhookEndpoint
from service.webhooks.states import DeliveryState


@dataclass(frozen=True)
class Told:
    """What a message is about: its data, and the rows that it is of."""

    subject: dict[str, Any]
    job_id: UUID | None = None
    batch_id: UUID | None = None
    seq: int | None = None


def tell_of_job(session: Session, job: Job) -> None:
    """Tell that the job has ended, and how. No link is told: it would expire, and the receiver can GET the job."""
    tell_of_jobs(session, [job])


def tell_of_jobs(session: Session, jobs: Sequence[Job]) -> None:
    """The same of jobs of one tenant that came to the same end at once."""
    if jobs:
        told = (Told(end_of(job), job_id=job.id, seq=job.event_seq) for job in jobs)
        tell_all(session, jobs[0].tenant_id, f"job.{jobs[0].state}", told)


def end_of(job: Job) -> dict[str, Any]:
    """How the job ended."""
    return {
        "id": to_wire("job", job.id),
        "kind": job.kind,
        "status": job.state,
        "error": job.error,
        "batch": to_wire("bat", job.batch_id) if job.batch_id else None,
        "custom_id": job.custom_id,
        "created_at": on_wire(job.created_at),
        "started_at": on_wire(job.started_at),
        "ended_at": on_wire(job.ended_at),
    }


def tell(
    session: Session,
    tenant_id: UUID,
    *,
    type: str,  # noqa: A002 — the word of the specification
    subject: dict[str, Any],
    job_id: UUID | None = None,
    batch_id: UUID | None = None,
    seq: int | None = None,
) -> None:
    """One message, as `tell_all` has it."""
    tell_all(session, tenant_id, type, [Told(subject, job_id, batch_id, seq)])


def tell_all(session: Session, tenant_id: UUID, type: str, told: Iterable[Told]) -> None:  # noqa: A002 — as above
    """A delivery of each for each of the tenant's endpoints that subscribe to the type; most tenants have none.

    The endpoints' rows are locked so that none is deleted under its delivery, and skipped where one is being deleted:
    the end of a job neither waits for that nor fails of it.
    """
    subscribed = (
        select(WebhookEndpoint.id, func.now())
        .where(
            WebhookEndpoint.tenant_id == tenant_id,
            WebhookEndpoint.disabled_at.is_(None),
            WebhookEndpoint.events.contains([type]),
        )
        .with_for_update(read=True, key_share=True, skip_locked=True)
    )
    endpoints = session.execute(subscribed).all()
    if not endpoints:
        return
    rows = [
        delivery(tenant_id, endpoint_id, message(type, now, one.subject))
        | {"job_id": one.job_id, "batch_id": one.batch_id, "seq": one.seq}
        for one in told
        for endpoint_id, now in endpoints
    ]
    session.execute(insert(WebhookDelivery), rows)


def message(type: str, moment: datetime, subject: dict[str, Any]) -> dict[str, Any]:  # noqa: A002 — as above
    """A payload as Standard Webhooks have it."""
    return {"type": type, "timestamp": on_wire(moment), "data": subject}


def delivery(tenant_id: UUID, endpoint_id: UUID, payload: dict[str, Any]) -> dict[str, Any]:
    """The values of a delivery that is due at once."""
    return {
        "id": new_id(),
        "tenant_id": tenant_id,
        "endpoint_id": endpoint_id,
        "type": payload["type"],
        "payload": payload,
        "state": DeliveryState.PENDING.value,
    }


def on_wire(moment: datetime | None) -> str | None:
    """RFC 3339, in UTC."""
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z") if moment else None
