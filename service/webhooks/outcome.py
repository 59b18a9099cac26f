"""Recording the outcome of an attempt: its log entry, the delivery's next state, and the endpoint's breaker."""

import random
from dataclasses import dataclass
from http import HTTPStatus

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from service.enums import DeliveryState
from service.infra.clock import from_now
from service.settings import Settings
from service.tables import WebhookAttempt, WebhookDelivery, WebhookEndpoint
from service.webhooks import retry
from service.webhooks.claim import ClaimedDelivery

GONE = "gone"


@dataclass(frozen=True)
class DeliveryOutcome:
    """How an attempt went: the receiver's status, or the code of what kept it from answering."""

    status: int | None
    error: str | None
    milliseconds: int
    retry_after: float = 0.0

    @property
    def delivered(self) -> bool:
        """Whether the receiver has accepted it."""
        return self.error is None


def record_outcome(
    session: Session, claimed: ClaimedDelivery, outcome: DeliveryOutcome, settings: Settings, rng: random.Random
) -> bool:
    """Record the outcome; False, and no change, if the lease went to another sender or the endpoint was deleted."""
    endpoint, delivery = lock_rows(session, claimed)
    if endpoint is None or delivery is None:
        return False
    log_attempt(session, delivery, outcome)
    update_delivery(delivery, outcome, settings, rng)
    if outcome.status == HTTPStatus.GONE and endpoint.disabled_at is None:
        disable_endpoint(endpoint, GONE)
    update_breaker(endpoint, claimed, outcome, settings)
    session.flush()
    if not outcome.delivered and claimed.probe:
        dead_letter_expired(session, endpoint, settings)
    return True


def lock_rows(session: Session, claimed: ClaimedDelivery) -> tuple[WebhookEndpoint | None, WebhookDelivery | None]:
    """Both rows, locked: the endpoint first, as its deletion does."""
    endpoints = select(WebhookEndpoint).where(WebhookEndpoint.id == claimed.endpoint_id)
    endpoint = session.scalar(endpoints.with_for_update(key_share=True))
    own_row = (WebhookDelivery.id == claimed.id, WebhookDelivery.token == claimed.token)
    return endpoint, session.scalar(select(WebhookDelivery).where(*own_row).with_for_update(key_share=True))


def log_attempt(session: Session, delivery: WebhookDelivery, outcome: DeliveryOutcome) -> None:
    """Add an entry to the log; its number counts on through replays."""
    last = select(func.max(WebhookAttempt.number)).where(WebhookAttempt.delivery_id == delivery.id)
    session.add(
        WebhookAttempt(
            delivery_id=delivery.id,
            number=(session.scalar(last) or 0) + 1,
            tenant_id=delivery.tenant_id,
            at=func.clock_timestamp(),
            status=outcome.status,
            error=outcome.error,
            milliseconds=outcome.milliseconds,
        )
    )


def update_delivery(
    delivery: WebhookDelivery, outcome: DeliveryOutcome, settings: Settings, rng: random.Random
) -> None:
    """Set the next state: delivered, pending until the next attempt, or dead."""
    delivery.attempts += 1
    delivery.token = delivery.lease_until = None
    wait = retry.retry_delay(delivery.attempts, settings, rng, outcome.retry_after)
    if outcome.delivered:
        delivery.state, delivery.delivered_at = DeliveryState.DELIVERED.value, func.clock_timestamp()
    elif wait is None or outcome.status == HTTPStatus.GONE:
        delivery.state = DeliveryState.DEAD.value
    else:
        delivery.next_at = from_now(wait)


def update_breaker(
    endpoint: WebhookEndpoint, claimed: ClaimedDelivery, outcome: DeliveryOutcome, settings: Settings
) -> None:
    """Close the breaker after a success; count a failure, unless it began before the breaker opened."""
    if outcome.delivered:
        endpoint.failures, endpoint.paused_until = 0, None
    elif endpoint.paused_until is None or claimed.probe:
        endpoint.failures += 1
        pause = retry.breaker_pause(endpoint.failures, settings)
        endpoint.paused_until = None if pause is None else from_now(pause)


def dead_letter_expired(session: Session, endpoint: WebhookEndpoint, settings: Settings) -> None:
    """Dead-letter what has waited behind an open breaker for as long as all attempts would take."""
    oldest_allowed = from_now(-retry.schedule_seconds(settings))
    session.execute(
        update(WebhookDelivery)
        .where(
            WebhookDelivery.endpoint_id == endpoint.id,
            WebhookDelivery.state == DeliveryState.PENDING,
            WebhookDelivery.begun_at <= oldest_allowed,
            WebhookDelivery.lease_until.is_(None),
        )
        .values(state=DeliveryState.DEAD.value)
        .execution_options(synchronize_session=False)
    )


def disable_endpoint(endpoint: WebhookEndpoint, reason: str) -> None:
    """Send nothing more there. What waits for it is dead-lettered by `webhooks.cleanup`."""
    endpoint.disabled_at, endpoint.disabled_reason = func.clock_timestamp(), reason
