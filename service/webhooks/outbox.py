"""The outbox: an event becomes a row for each subscribed endpoint, in the transaction in which it happens."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, insert, select
from sqlalchemy.orm import Session

from service.enums import DeliveryState
from service.ids import new_id, to_wire
from service.infra.clock import rfc3339, rfc3339_or_none
from service.tables import Job, WebhookDelivery, WebhookEndpoint


@dataclass(frozen=True)
class Notification:
    """What a message is about: its data, and the rows that it refers to."""

    subject: dict[str, Any]
    job_id: UUID | None = None
    batch_id: UUID | None = None
    seq: int | None = None


def notify_job_ended(session: Session, job: Job) -> None:
    """Notify of the end of a job. The message has no links: they would expire, and the receiver can GET the job."""
    notify_jobs_ended(session, [job])


def notify_jobs_ended(session: Session, jobs: Sequence[Job]) -> None:
    """Notify of the ends of jobs of one tenant that ended in the same state at once."""
    if jobs:
        notifications = (Notification(job_summary(job), job_id=job.id, seq=job.event_seq) for job in jobs)
        notify_all(session, jobs[0].tenant_id, f"job.{jobs[0].state}", notifications)


def job_summary(job: Job) -> dict[str, Any]:
    """How the job ended."""
    return {
        "id": to_wire("job", job.id),
        "kind": job.kind,
        "status": job.state,
        "error": job.error,
        "batch": to_wire("bat", job.batch_id) if job.batch_id else None,
        "custom_id": job.custom_id,
        "created_at": rfc3339(job.created_at),
        "started_at": rfc3339_or_none(job.started_at),
        "ended_at": rfc3339_or_none(job.ended_at),
    }


def notify(
    session: Session,
    tenant_id: UUID,
    *,
    type: str,  # noqa: A002 — the word of the specification
    subject: dict[str, Any],
    job_id: UUID | None = None,
    batch_id: UUID | None = None,
    seq: int | None = None,
) -> None:
    """One message, as `notify_all` writes it."""
    notify_all(session, tenant_id, type, [Notification(subject, job_id, batch_id, seq)])


def notify_all(session: Session, tenant_id: UUID, type: str, notifications: Iterable[Notification]) -> None:  # noqa: A002 — as above
    """A delivery of each for each of the tenant's endpoints that subscribe to the type; most tenants have none.

    The endpoints' rows are locked so that none is deleted under its delivery, and skipped where one is being deleted:
    the end of a job neither waits for that nor fails because of it.
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
        delivery_values(tenant_id, endpoint_id, build_payload(type, now, notification.subject))
        | {"job_id": notification.job_id, "batch_id": notification.batch_id, "seq": notification.seq}
        for notification in notifications
        for endpoint_id, now in endpoints
    ]
    session.execute(insert(WebhookDelivery), rows)


def build_payload(type: str, moment: datetime, subject: dict[str, Any]) -> dict[str, Any]:  # noqa: A002 — as above
    """A payload by the Standard Webhooks specification."""
    return {"type": type, "timestamp": rfc3339(moment), "data": subject}


def delivery_values(tenant_id: UUID, endpoint_id: UUID, payload: dict[str, Any]) -> dict[str, Any]:
    """The values of a delivery that is due at once."""
    return {
        "id": new_id(),
        "tenant_id": tenant_id,
        "endpoint_id": endpoint_id,
        "type": payload["type"],
        "payload": payload,
        "state": DeliveryState.PENDING.value,
    }
