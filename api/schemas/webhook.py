"""Webhook endpoints and their deliveries on the wire, in and out."""

from datetime import UTC, datetime
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, Field, StringConstraints
from pydantic_core import PydanticCustomError

from api.schemas.fields import ResponseModel, Time
from api.schemas.listing import Listing
from service.enums import DeliveryState, WebhookEvent
from service.fields import Line, RequestModel
from service.ids import to_wire
from service.tables import WebhookAttempt, WebhookDelivery, WebhookEndpoint


def different(events: list[WebhookEvent]) -> list[WebhookEvent]:
    """The types, if none is there twice."""
    if len(set(events)) < len(events):
        raise PydanticCustomError("repeated_event", "The same event type is listed twice.")
    return events


def event(text: object) -> object:
    """A type by its name; strict schemas take no text for one."""
    return WebhookEvent(text) if isinstance(text, str) and text in set(WebhookEvent) else text


def moment(text: object) -> object:
    """A time with its zone, as text; strict schemas take no text for one."""
    try:
        parsed = datetime.fromisoformat(text) if isinstance(text, str) else None
        return parsed.astimezone(UTC) if parsed and parsed.tzinfo else text
    except (ValueError, OverflowError):
        return text


Url = Annotated[
    str,
    StringConstraints(min_length=1, max_length=2000, pattern="^https?://[!-~]+$"),
    Field(
        description="Where messages are POSTed. Its host must have public addresses only.",
        examples=["https://example.com/svdiff"],
        json_schema_extra={"format": "uri"},
    ),
]
Events = Annotated[
    list[Annotated[WebhookEvent, BeforeValidator(event)]],
    AfterValidator(different),
    Field(min_length=1, max_length=len(WebhookEvent), json_schema_extra={"uniqueItems": True}),
]
Description = Annotated[Line, StringConstraints(max_length=200)]


class WebhookBody(RequestModel):
    """A webhook to register: the URL, and the types of messages that it receives."""

    url: Url
    events: Events = Field(default=list(WebhookEvent), description="The types of messages; all of them if absent.")
    description: Description = ""


class WebhookChange(RequestModel):
    """The changes of a webhook; absent fields stay as they are."""

    url: Url | None = None
    events: Events | None = None
    description: Description | None = None
    enabled: bool | None = Field(
        default=None, description="Disabled: nothing is sent, and waiting deliveries become `dead`."
    )


class RotationBody(RequestModel):
    """How to replace the secret of a webhook."""

    keep_seconds: float | None = Field(
        default=None,
        ge=0,
        le=7 * 86_400,
        description="How long messages are also signed with the old secret; 0 revokes it at once. A day if absent.",
    )


class ReplayBody(RequestModel):
    """Which dead deliveries are sent again."""

    since: Annotated[datetime, BeforeValidator(moment)] | None = Field(
        default=None, description="Those created since this time, which needs a time zone; all if absent."
    )


class Webhook(ResponseModel):
    """A URL that receives messages about ended jobs and batches."""

    id: str
    url: str
    events: list[str]
    description: str
    enabled: bool
    disabled_reason: str | None = Field(description="`client` if you disabled it; `gone` if the receiver answered 410.")
    failures: int = Field(description="Failed attempts in a row; after several, deliveries wait for a probe.")
    paused_until: Time | None = Field(description="While deliveries wait: when the next probe is due.")
    secret_created_at: Time
    old_secret_until: Time | None = Field(description="Until when messages are also signed with the old secret.")
    created_at: Time


class WebhookWithSecret(Webhook):
    """A webhook with its new secret, which only the call that made it shows."""

    secret: str = Field(description="Give it to a Standard Webhooks library. Keep it: it is not shown again.")


class WebhookList(Listing[Webhook]):
    """One page of the webhooks, newest first."""


class DeliveryAttempt(ResponseModel):
    """One attempt at a delivery."""

    number: int
    at: Time
    status: int | None = Field(description="The HTTP status of the receiver's answer; null without one.")
    error: str | None = Field(description="The code of the failure; null if the message was delivered.")
    milliseconds: int


class Delivery(ResponseModel):
    """A message to a webhook. Its id is the `webhook-id` of every attempt."""

    id: str
    webhook: str
    type: str
    job: str | None = Field(description="The job that the message is about.")
    payload: dict[str, Any]
    state: DeliveryState
    next_at: Time | None = Field(description="While it is pending: when the next attempt is due.")
    attempts: list[DeliveryAttempt]
    created_at: Time
    delivered_at: Time | None


class DeliveryList(Listing[Delivery]):
    """One page of the deliveries to a webhook, newest first."""


def fields_of(row: WebhookEndpoint) -> dict[str, Any]:
    """What the wire has of an endpoint."""
    return {
        "id": to_wire("whk", row.id),
        "url": row.url,
        "events": row.events,
        "description": row.description,
        "enabled": row.disabled_at is None,
        "disabled_reason": row.disabled_reason,
        "failures": row.failures,
        "paused_until": row.paused_until,
        "secret_created_at": row.secret_created_at,
        "old_secret_until": row.old_secret_until,
        "created_at": row.created_at,
    }


def webhook(row: WebhookEndpoint) -> Webhook:
    """The endpoint on the wire."""
    return Webhook(**fields_of(row))


def webhook_with_secret(row: WebhookEndpoint, secret: str) -> WebhookWithSecret:
    """The endpoint on the wire, this once."""
    return WebhookWithSecret(**fields_of(row), secret=secret)


def delivery(row: WebhookDelivery, log: list[WebhookAttempt]) -> Delivery:
    """The delivery on the wire."""
    return Delivery(
        id=to_wire("msg", row.id),
        webhook=to_wire("whk", row.endpoint_id),
        type=row.type,
        job=to_wire("job", row.job_id) if row.job_id else None,
        payload=row.payload,
        state=DeliveryState(row.state),
        next_at=row.next_at if row.state == DeliveryState.PENDING else None,
        attempts=[attempt(one) for one in log],
        created_at=row.created_at,
        delivered_at=row.delivered_at,
    )


def attempt(row: WebhookAttempt) -> DeliveryAttempt:
    """The log's entry on the wire."""
    return DeliveryAttempt(
        number=row.number, at=row.at, status=row.status, error=row.error, milliseconds=row.milliseconds
    )
