"""What clients were promised of events and messages, held against what was really written."""

import json
from uuid import UUID

from pydantic import TypeAdapter
from sqlalchemy import select

from api.schemas.events import AnyEvent, JobEvent
from api.schemas.messages import AnyMessage
from api.streaming.frames import encode
from service.infra.database import Database
from service.tables import JobEvent as JobEventRow
from service.tables import WebhookDelivery

MESSAGE: TypeAdapter[AnyMessage] = TypeAdapter(AnyMessage)


def read_events(database: Database, tenant_id: UUID) -> list[AnyEvent]:
    """Every event of the tenant's jobs, as a client reads it; a field that no model has is an error."""
    with database.engine() as session:
        rows = session.scalars(select(JobEventRow).where(JobEventRow.tenant_id == tenant_id)).all()
        frames = [encode(row, "http://store/{}".format).text.decode() for row in rows]
    return [parse(frame) for frame in frames]


def parse(frame: str) -> AnyEvent:
    """The event of a frame."""
    lines = dict(line.split(": ", 1) for line in frame.strip().splitlines())
    return JobEvent.model_validate(lines | {"id": int(lines["id"])}, extra="forbid").root


def read_messages(database: Database, tenant_id: UUID) -> list[AnyMessage]:
    """Every message to the tenant's webhooks; a field that no model has is an error."""
    with database.engine() as session:
        query = select(WebhookDelivery.payload).where(WebhookDelivery.tenant_id == tenant_id)
        payloads = [json.dumps(payload) for payload in session.scalars(query)]
    return [MESSAGE.validate_json(payload, extra="forbid") for payload in payloads]
