"""Webhooks, as a test plays their parts: a customer, the outbox, a sender, and time."""

import random
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Self
from uuid import UUID

from sqlalchemy import create_engine, func, select, text

from service.enums import WebhookEvent
from service.infra.database import Database
from service.settings import Settings
from service.tables import WebhookAttempt, WebhookDelivery, WebhookEndpoint
from service.webhooks import endpoints, outbox
from service.webhooks.claim import ClaimedDelivery, claim_deliveries
from service.webhooks.outcome import DeliveryOutcome, record_outcome
from service.webhooks.sender import Sender
from tests.conftest import Customer

LOCAL = {
    "webhook_allowed_networks": ("127.0.0.0/8", "::1/128"),
    "webhook_allow_http": True,
}  # to this machine, without TLS


class Office:
    """One database's webhooks. Each call is one committed transaction."""

    def __init__(self, database: Database, settings: Settings) -> None:
        self.database = database
        self.settings = settings
        self.sender = Sender(settings)
        assert settings.database_url
        self._owner = create_engine(settings.database_url.get_secret_value())

    @classmethod
    @contextmanager
    def opened(cls, database: Database, settings: Settings) -> Iterator[Self]:
        """With nobody's webhooks in it."""
        office = cls(database, settings)
        office.sql("TRUNCATE webhook_endpoints CASCADE")
        yield office
        office._owner.dispose()

    def sql(self, statement: str, **values: Any) -> None:
        """What no code of the service does: a statement of the tables' owner."""
        with self._owner.begin() as connection:
            connection.execute(text(statement), values)

    def add(self, customer: Customer, url: str, *events: WebhookEvent) -> UUID:
        """An endpoint for these events, or for all."""
        wanted = [event.value for event in events or WebhookEvent]
        with self.database.tenant(customer.id) as scope:
            return endpoints.create(scope, self.settings, url=url, events=wanted, description="").id

    def tell(self, customer: Customer, times: int = 1, **subject: Any) -> None:
        """Something happens to the customer's things."""
        with self.database.tenant(customer.id) as scope:
            for _ in range(times):
                outbox.notify(scope.session, customer.id, type=WebhookEvent.JOB_SUCCEEDED.value, subject=subject)

    def secrets(self, endpoint_id: UUID) -> tuple[str, str | None]:
        """The newest secret, and the one before."""
        with self.database.engine() as session:
            query = select(WebhookEndpoint.secret, WebhookEndpoint.old_secret).where(WebhookEndpoint.id == endpoint_id)
            row = session.execute(query).one()
            return row[0], row[1]

    def claim(self, most: int = 100) -> list[ClaimedDelivery]:
        """What a sender that asks for work gets: one an endpoint."""
        claimed = []
        for healthy in (True, False):
            with self.database.engine() as session:
                claimed += claim_deliveries(session, self.settings, healthy=healthy, most=most)
        return claimed

    def record(self, claimed: ClaimedDelivery, outcome: DeliveryOutcome) -> bool:
        """The end of an attempt."""
        with self.database.engine() as session:
            return record_outcome(session, claimed, outcome, self.settings, random.Random(1))

    def deliver(self) -> list[DeliveryOutcome]:
        """Make every attempt that is due, one after the other."""
        outcomes = []
        while claimed := self.claim():
            for one in claimed:
                outcomes.append(self.sender.send(one))
                self.record(one, outcomes[-1])
        return outcomes

    def make_due(self) -> None:
        """Let every wait be over, and every pause."""
        self.sql("UPDATE webhook_deliveries SET next_at = now() WHERE state = 'pending'")
        self.sql("UPDATE webhook_endpoints SET paused_until = now() WHERE paused_until IS NOT NULL")

    def end_leases(self) -> None:
        """Let every lease run out."""
        self.sql("UPDATE webhook_deliveries SET lease_until = now() WHERE lease_until IS NOT NULL")

    def deliveries(self) -> list[WebhookDelivery]:
        """All of them, in the order in which they were made."""
        with self.database.engine() as session:
            return list(session.scalars(select(WebhookDelivery).order_by(WebhookDelivery.id)))

    def states(self) -> list[str]:
        """The state of each."""
        return [delivery.state for delivery in self.deliveries()]

    def endpoint(self, endpoint_id: UUID) -> WebhookEndpoint:
        """The endpoint as it is now."""
        with self.database.engine() as session:
            return session.scalars(select(WebhookEndpoint).where(WebhookEndpoint.id == endpoint_id)).one()

    def log(self) -> list[tuple[int, int | None, str | None]]:
        """Number, status and error of every attempt, in their order."""
        with self.database.engine() as session:
            rows = session.scalars(select(WebhookAttempt).order_by(WebhookAttempt.delivery_id, WebhookAttempt.number))
            return [(row.number, row.status, row.error) for row in rows]

    def wait(self) -> float:
        """Seconds from the last attempt to the next one, of the only delivery."""
        with self.database.engine() as session:
            last = session.scalars(select(func.max(WebhookAttempt.at))).one()
            delivery = session.scalars(select(WebhookDelivery)).one()
            return float((delivery.next_at - last).total_seconds())
