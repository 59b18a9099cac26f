"""Batches as a test makes them, without HTTP."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import select

from service.assets import artifacts
from service.batches import cancel as canceling
from service.batches.check import check
from service.batches.create import BatchRequest, create
from service.batches.lines import FineTuneLine, GenerationLine, LinePicturesRequest, LineShift, ValidLine
from service.batches.survey import Survey
from service.enums import WebhookEvent
from service.ids import new_id, to_wire
from service.requests.fine_tunes import FineTuneRequest, SubjectRequest
from service.tables import Batch, Image, Job, WebhookDelivery, WebhookEndpoint
from tests.conftest import Customer
from tests.service.jobs.engine import Engine


def pictures(number: int, base: str, *trained: str, **values: Any) -> GenerationLine:
    """A line of this number that wants a picture, with the shifts that these lines train."""
    shifts = tuple(LineShift(custom_id=custom_id, weight=0.5) for custom_id in trained)
    request = LinePicturesRequest(base=base, shifts=shifts, **({"prompt": "a dog"} | values))
    return GenerationLine(number, f"line-{number}", request)


@dataclass(frozen=True)
class Sender:
    """A customer who sends batches, and reads the tables."""

    engine: Engine
    customer: Customer
    base: str

    def pictures(self, count: int) -> list[ValidLine]:
        """So many lines that need nothing."""
        return [pictures(number, self.base) for number in range(1, count + 1)]

    def training(self, number: int) -> FineTuneLine:
        """A line of this number that wants a fine-tune, on a picture of its own."""
        with self.engine.scope(self.customer) as scope:
            artifact = artifacts.record(
                scope, artifacts.StoredObject(new_id(), "upload", new_id().hex, "x/y", 1, "0", {})
            )
            image = Image(
                id=new_id(), tenant_id=self.customer.id, artifact_id=artifact.id, sha256="0", width=1, height=1
            )
            scope.session.add(image)
        subject = SubjectRequest(images=(to_wire("img", image.id),), instance_prompt="a sks dog", class_prompt="a dog")
        return FineTuneLine(number, f"line-{number}", FineTuneRequest(base=self.base, subjects=(subject,), seed=1))

    def check(self, lines: Sequence[ValidLine]) -> Survey:
        """What the check of the lines finds."""
        return check(self.engine.database, self.customer.id, lambda: iter(lines), 1000, frozenset())

    def send(self, lines: Sequence[ValidLine], *, expires_in: float | None = None) -> UUID:
        """A batch that was accepted."""
        survey = self.check(lines)
        with self.engine.scope(self.customer) as scope:
            return create(scope, BatchRequest("trial", "0" * 64, expires_in), survey, lambda: iter(lines)).id

    def cancel(self, batch_id: UUID) -> None:
        """Ask for the cancel of the whole."""
        with self.engine.scope(self.customer) as scope:
            canceling.cancel(scope, batch_id)

    def batch(self, batch_id: UUID) -> Batch:
        """The batch's row."""
        with self.engine.database.engine() as session:
            return session.get_one(Batch, batch_id)

    def jobs(self, batch_id: UUID) -> list[Job]:
        """The jobs in the order of their lines."""
        with self.engine.database.engine() as session:
            return list(session.scalars(select(Job).where(Job.batch_id == batch_id).order_by(Job.line)))

    def states(self, batch_id: UUID) -> list[str]:
        """Their states."""
        return [job.state for job in self.jobs(batch_id)]

    def listen(self) -> None:
        """An endpoint for every event."""
        events = [event.value for event in WebhookEvent]
        with self.engine.scope(self.customer) as scope:
            values = {"url": "https://example.com", "description": "", "secret": "s", "events": events}
            scope.session.add(WebhookEndpoint(id=new_id(), tenant_id=self.customer.id, **values))

    def messages(self, kind: str) -> list[WebhookDelivery]:
        """The messages of this type that wait for delivery."""
        with self.engine.database.engine() as session:
            query = select(WebhookDelivery).where(WebhookDelivery.type == kind).order_by(WebhookDelivery.id)
            return list(session.scalars(query))
