"""What became of an attempt: the log, the delivery's next state, and the endpoint's breaker, in one transaction."""

import random
from dataclasses import dataclass
from http import HTTPStatus

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from service.clock import from_now
from service.settings import Settings
from service.tables import WebhookAttempt, WebhookDelivery, WebhookEndpoint
from service.webhooks import breaker, schedule
from service.webhooks.claim import Claimed
from service.webhooks.states import DeliveryState

GONE = "gone"


@dataclass(frozen=True)
class Outcome:
    """How an attempt went: the receiver's status, or the code of what kept it from answering."""

    status: int | None
    error: str | None
    milliseconds: int
    retry_after: float = 0.0

    @property
    def delivered(self) -> bool:
        """Whether the receiver has it."""
        return self.error is None


def record(session: Session, claimed: Claimed, outcome: Outcome, settings: Settings, rng: random.Random) -> bool:
    """Note the outcome; False, and no change, if the lease went to another sender or the endpoint was deleted."""
    endpoint, delivery = hold(session, claimed)
    if endpoint is None or delivery is None:
        return False
    note(session, delivery, outcome)
    advance(delivery, outcome, settings, rng)
    if outcome.status == HTTPStatus.GONE and endpoint.disabled_at is None:
        disable(endpoint, GONE)
    steer(endpoint, claimed, outcome, settings)
    session.flush()
    if not outcome.delivered and claimed.probe:
        give_up(session, endpoint, settings)
    return True


def hold(session: Session, claimed: Claimed) -> tuple[WebhookEndpoint | None, WebhookDelivery | None]:
    """Both rows, locked: the endpoint first, as its deletion does."""
    endpoints = select(WebhookEndpoint).where(WebhookEndpoint.id == claimed.endpoint_id)
    endpoint = session.scalar(endpoints.with_for_update(key_share=True))
    mine = (WebhookDelivery.id == claimed.id, WebhookDelivery.token == claimed.token)
    return endpoint, session.scalar(select(WebhookDelivery).where(*mine).with_for_update(key_share=True))


def note(session: Session, delivery: WebhookDelivery, outcome: Outcome) -> None:
    """An entry of the log; numbers count on through replays."""
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


def advance(delivery: WebhookDelivery, outcome: Outcome, settings: Settings, rng: random.Random) -> None:
    """Delivered, to be tried again, or dead."""
    delivery.attempts += 1
    delivery.token = delivery.lease_until = None
    wait = schedule.wait_after(delivery.attempts, settings, rng, outcome.retry_after)
    if outcome.delivered:
        delivery.state, delivery.delivered_at = DeliveryState.DELIVERED.value, func.clock_timestamp()
    elif wait is None or outcome.status == HTTPStatus.GONE:
        delivery.state = DeliveryState.DEAD.value
    else:
        delivery.next_at = from_now(wait)


def steer(endpoint: WebhookEndpoint, claimed: Claimed, outcome: Outcome, settings: Settings) -> None:
    """Close the breaker after a success; count a failure, unless it began before the breaker opened."""
    if outcome.delivered:
        endpoint.failures, endpoint.paused_until = 0, None
    elif endpoint.paused_until is None or claimed.probe:
        endpoint.failures += 1
        pause = breaker.pause_after(endpoint.failures, settings)
        endpoint.paused_until = None if pause is None else from_now(pause)


def give_up(session: Session, endpoint: WebhookEndpoint, settings: Settings) -> None:
    """What waited behind an open breaker for as long as all attempts would take is dead."""
    too_long_ago = from_now(-schedule.longest(settings))
    session.execute(
        update(WebhookDelivery)
        .where(
            WebhookDelivery.endpoint_id == endpoint.id,
            WebhookDelivery.state == DeliveryState.PENDING,
            WebhookDelivery.begun_at <= too_long_ago,
            WebhookDelivery.lease_until.is_(None),
        )
        .values(state=DeliveryState.DEAD.value)
        .execution_options(synchronize_session=False)
    )


def disable(endpoint: WebhookEndpoint, reason: str) -> None:
    """Send nothing more there. What waits for it is buried by `tidy`."""
    endpoint.disabled_at, endpoint.disabled_reason = func.clock_timestamp(), reason
