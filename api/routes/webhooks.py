"""The routes of webhooks: endpoints, their secrets, and the deliveries to them."""

from collections.abc import Callable
from functools import partial
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Response
from pydantic import BeforeValidator, WithJsonSchema

from api.dependencies.idempotency import Idempotent
from api.dependencies.parameters import AFTER, Limit
from api.dependencies.scope import TenantScope
from api.openapi import ACCEPTED, CREATED, problems
from api.runtime import RuntimeDep
from api.schemas.webhook import (
    Delivery,
    DeliveryList,
    ReplayBody,
    RotationBody,
    Webhook,
    WebhookBody,
    WebhookChange,
    WebhookList,
    WebhookWithSecret,
    delivery,
    webhook,
    webhook_with_secret,
)
from service.enums import DeliveryState
from service.fields import id_parser, id_schema
from service.ids import from_wire, to_wire
from service.tables import WebhookDelivery
from service.webhooks import deliveries, endpoints

router = APIRouter(prefix="/v1/webhooks", tags=["webhooks"])

WebhookId = Annotated[UUID | None, BeforeValidator(partial(from_wire, "whk")), WithJsonSchema(id_schema("whk"))]
DeliveryId = Annotated[UUID | None, BeforeValidator(partial(from_wire, "msg")), WithJsonSchema(id_schema("msg"))]
AfterWebhook = Annotated[UUID | None, BeforeValidator(id_parser("whk")), WithJsonSchema(id_schema("whk")), AFTER]
AfterDelivery = Annotated[UUID | None, BeforeValidator(id_parser("msg")), WithJsonSchema(id_schema("msg")), AFTER]


def queued(scope: TenantScope, response: Response) -> Callable[[WebhookDelivery], Delivery]:
    """Answers with a delivery that the request made due: where it is, and what it is."""

    def answer(row: WebhookDelivery) -> Delivery:
        where = to_wire("whk", row.endpoint_id), to_wire("msg", row.id)
        response.headers["Location"] = "/v1/webhooks/{}/deliveries/{}".format(*where)
        return delivery(row, deliveries.list_attempts(scope, [row])[row.id])

    return answer


Queued = Annotated[Callable[[WebhookDelivery], Delivery], Depends(queued)]


@router.post("", status_code=201, responses=CREATED | problems(400, 401, 409, 413, 422))
def create_webhook(
    body: WebhookBody, scope: TenantScope, runtime: RuntimeDep, once: Idempotent, response: Response
) -> WebhookWithSecret:
    """Register a URL for messages about ended jobs and batches. Only this call and its repetitions show the secret."""
    events = [one.value for one in body.events]
    row = once(
        body.model_dump(mode="json"),
        make=lambda: endpoints.create(
            scope, runtime.settings, url=body.url, events=events, description=body.description
        ),
        find=lambda known: endpoints.get(scope, known),
    )
    response.headers["Location"] = f"/v1/webhooks/{to_wire('whk', row.id)}"
    return webhook_with_secret(row, endpoints.get_secret(scope, row))


@router.get("", responses=problems(401, 422))
def list_webhooks(scope: TenantScope, limit: Limit = 20, after: AfterWebhook = None) -> WebhookList:
    """List the webhooks, newest first."""
    return WebhookList.of("whk", endpoints.list_page(scope, limit=limit, after=after), webhook)


@router.get("/{webhook_id}", responses=problems(401, 404))
def get_webhook(webhook_id: WebhookId, scope: TenantScope) -> Webhook:
    """Get a webhook."""
    return webhook(endpoints.get(scope, webhook_id))


@router.patch("/{webhook_id}", responses=problems(400, 401, 404, 413, 422))
def change_webhook(webhook_id: WebhookId, body: WebhookChange, scope: TenantScope, runtime: RuntimeDep) -> Webhook:
    """Change a webhook. A new URL, or `enabled`, makes waiting deliveries due at once."""
    events = [one.value for one in body.events] if body.events else None
    changed = endpoints.update(
        scope,
        runtime.settings,
        webhook_id,
        url=body.url,
        events=events,
        description=body.description,
        enabled=body.enabled,
    )
    return webhook(changed)


@router.delete("/{webhook_id}", status_code=204, responses=problems(401, 404))
def delete_webhook(webhook_id: WebhookId, scope: TenantScope) -> None:
    """Delete a webhook and its deliveries."""
    endpoints.delete(scope, webhook_id)


@router.post("/{webhook_id}/rotate", responses=problems(400, 401, 404, 409, 413, 422))
def rotate_webhook_secret(
    webhook_id: WebhookId, scope: TenantScope, runtime: RuntimeDep, once: Idempotent, body: RotationBody | None = None
) -> WebhookWithSecret:
    """Make a new secret, which only this call shows. For a while, messages are also signed with the old one."""
    asked = body.keep_seconds if body else None
    keep = runtime.settings.webhook_rotation_seconds if asked is None else asked
    row = once(
        {"webhook": str(webhook_id), "keep_seconds": asked},
        make=lambda: endpoints.rotate_secret(scope, webhook_id, keep),
        find=lambda known: endpoints.get(scope, known),
    )
    return webhook_with_secret(row, endpoints.get_secret(scope, row))


@router.post("/{webhook_id}/test", status_code=202, responses=ACCEPTED | problems(401, 404, 409, 422))
def test_webhook(webhook_id: WebhookId, scope: TenantScope, once: Idempotent, answer: Queued) -> Delivery:
    """Send a `ping` message."""
    row = once(
        {"webhook": str(webhook_id)},
        make=lambda: deliveries.ping(scope, webhook_id),
        find=lambda known: deliveries.get(scope, webhook_id, known),
    )
    return answer(row)


@router.post("/{webhook_id}/replay", responses=problems(400, 401, 404, 409, 413, 422))
def replay_dead_deliveries(
    webhook_id: WebhookId, scope: TenantScope, once: Idempotent, body: ReplayBody | None = None
) -> Webhook:
    """Send all dead deliveries again, each message under its own id."""
    since = body.since if body else None
    row = once(
        {"webhook": str(webhook_id), "since": since.isoformat() if since else None},
        make=lambda: deliveries.replay_dead(scope, webhook_id, since),
        find=lambda known: endpoints.get(scope, known),
    )
    return webhook(row)


@router.get("/{webhook_id}/deliveries", responses=problems(401, 404, 422))
def list_deliveries(
    webhook_id: WebhookId,
    scope: TenantScope,
    limit: Limit = 20,
    after: AfterDelivery = None,
    state: DeliveryState | None = None,
) -> DeliveryList:
    """List the messages to a webhook with their attempts, newest first. The state `dead` is the dead-letter list."""
    page = deliveries.list_page(scope, webhook_id, limit=limit, after=after, state=state)
    logs = deliveries.list_attempts(scope, page.rows)
    return DeliveryList.of("msg", page, lambda row: delivery(row, logs[row.id]))


@router.get("/{webhook_id}/deliveries/{delivery_id}", responses=problems(401, 404))
def get_delivery(webhook_id: WebhookId, delivery_id: DeliveryId, scope: TenantScope) -> Delivery:
    """Get a message with its attempts."""
    row = deliveries.get(scope, webhook_id, delivery_id)
    return delivery(row, deliveries.list_attempts(scope, [row])[row.id])


@router.post(
    "/{webhook_id}/deliveries/{delivery_id}/replay",
    status_code=202,
    responses=ACCEPTED | problems(401, 404, 409, 422),
)
def replay_delivery(
    webhook_id: WebhookId, delivery_id: DeliveryId, scope: TenantScope, once: Idempotent, answer: Queued
) -> Delivery:
    """Send a message again under its own id, whatever its state."""
    row = once(
        {"webhook": str(webhook_id), "delivery": str(delivery_id)},
        make=lambda: deliveries.replay(scope, webhook_id, delivery_id),
        find=lambda known: deliveries.get(scope, webhook_id, known),
    )
    return answer(row)
