"""The deliveries to a tenant's endpoint: reading their log, and sending some of them again."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, insert, select, update

from service.enums import PING, DeliveryState
from service.errors import NotFound, WebhookDisabled
from service.ids import to_wire
from service.infra.database import Scope
from service.pagination import Page, fetch_page
from service.tables import WebhookAttempt, WebhookDelivery, WebhookEndpoint
from service.webhooks import endpoints, outbox


def get(scope: Scope, endpoint_id: UUID | None, delivery_id: UUID | None) -> WebhookDelivery:
    """A delivery to the tenant's endpoint; NotFound for any other id of either."""
    endpoint = endpoints.get(scope, endpoint_id)
    query = select(WebhookDelivery).where(
        WebhookDelivery.id == delivery_id,
        WebhookDelivery.endpoint_id == endpoint.id,
        WebhookDelivery.tenant_id == scope.tenant_id,
    )
    query = query.execution_options(populate_existing=True)
    delivery = scope.session.scalar(query) if delivery_id else None
    if delivery is None:
        raise NotFound("delivery")
    return delivery


def list_page(
    scope: Scope, endpoint_id: UUID | None, *, limit: int, after: UUID | None, state: DeliveryState | None = None
) -> Page[WebhookDelivery]:
    """The endpoint's deliveries, newest first."""
    endpoint = endpoints.get(scope, endpoint_id)
    query = select(WebhookDelivery).where(
        WebhookDelivery.endpoint_id == endpoint.id, WebhookDelivery.tenant_id == scope.tenant_id
    )
    if state is not None:
        query = query.where(WebhookDelivery.state == state.value)
    return fetch_page(scope.session, query, WebhookDelivery.id, limit=limit, after=after)


def list_attempts(scope: Scope, deliveries: Iterable[WebhookDelivery]) -> dict[UUID, list[WebhookAttempt]]:
    """The log of each delivery, in one query and in the order in which it was written."""
    delivery_ids = [delivery.id for delivery in deliveries]
    query = select(WebhookAttempt).where(
        WebhookAttempt.delivery_id.in_(delivery_ids), WebhookAttempt.tenant_id == scope.tenant_id
    )
    logs: dict[UUID, list[WebhookAttempt]] = defaultdict(list)
    for attempt in scope.session.scalars(query.order_by(WebhookAttempt.delivery_id, WebhookAttempt.number)):
        logs[attempt.delivery_id].append(attempt)
    return logs


def ping(scope: Scope, endpoint_id: UUID | None) -> WebhookDelivery:
    """Create a delivery of the type `ping`, about the endpoint itself; WebhookDisabled where nothing is sent."""
    endpoint = require_enabled(scope, endpoint_id)
    now = scope.session.scalars(select(func.now())).one()
    payload = outbox.build_payload(PING, now, {"id": to_wire("whk", endpoint.id)})
    values = outbox.delivery_values(scope.tenant_id, endpoint.id, payload)
    scope.session.execute(insert(WebhookDelivery), [values])
    return get(scope, endpoint.id, values["id"])


def replay(scope: Scope, endpoint_id: UUID | None, delivery_id: UUID | None) -> WebhookDelivery:
    """Send it again from the beginning of the schedule, under the same id; WebhookDisabled where nothing is sent."""
    delivery = get(scope, endpoint_id, delivery_id)
    requeue(scope, require_enabled(scope, endpoint_id), WebhookDelivery.id == delivery.id)
    return get(scope, endpoint_id, delivery_id)


def replay_dead(scope: Scope, endpoint_id: UUID | None, since: datetime | None) -> WebhookEndpoint:
    """Send again what is in the endpoint's dead-letter list, or those of it that were created since then."""
    endpoint = require_enabled(scope, endpoint_id)
    dead = [WebhookDelivery.state == DeliveryState.DEAD.value]
    recent = [WebhookDelivery.created_at >= since] if since is not None else []
    requeue(scope, endpoint, *dead, *recent)
    return endpoint


def require_enabled(scope: Scope, endpoint_id: UUID | None) -> WebhookEndpoint:
    """The endpoint, if it is enabled. An open breaker lets its next probe go at once: the receiver may be repaired."""
    endpoint = endpoints.get(scope, endpoint_id, lock=True)
    if endpoint.disabled_at is not None:
        raise WebhookDisabled
    if endpoint.paused_until is not None:
        endpoint.paused_until = func.now()
        scope.session.flush()
    return endpoints.get(scope, endpoint_id)


def requeue(scope: Scope, endpoint: WebhookEndpoint, *conditions: Any) -> None:
    """Make these deliveries of the endpoint due now, with all attempts before them."""
    scope.session.execute(
        update(WebhookDelivery)
        .where(
            WebhookDelivery.endpoint_id == endpoint.id,
            WebhookDelivery.tenant_id == scope.tenant_id,
            *conditions,
        )
        .values(
            state=DeliveryState.PENDING.value, attempts=0, begun_at=func.now(), next_at=func.now(), delivered_at=None
        )
        .execution_options(synchronize_session=False)
    )
