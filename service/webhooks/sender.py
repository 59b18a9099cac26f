"""One attempt at a delivery: look the name up once, check every address, connect to what was checked."""

import json
import ssl
import time
from collections.abc import Callable
from datetime import UTC, datetime
from http import HTTPStatus

from service.errors import UnusableUrl
from service.ids import to_wire
from service.settings import Settings
from service.webhooks import addresses, name_lookup
from service.webhooks.addresses import Address, ForbiddenAddress
from service.webhooks.claim import ClaimedDelivery
from service.webhooks.delivery_errors import FORBIDDEN_ADDRESS, REDIRECT, STATUS, UNKNOWN_HOST, UNUSABLE_URL
from service.webhooks.http_post import Deadline, DeliveryFailed, ReceiverResponse, post
from service.webhooks.name_lookup import UnknownHost
from service.webhooks.outcome import DeliveryOutcome
from service.webhooks.signing import sign_headers
from service.webhooks.urls import parse_target

LookUp = Callable[[str, int, float], tuple[Address, ...]]


class Sender:
    """Sends deliveries and returns their outcomes. Safe to share between threads."""

    def __init__(
        self, settings: Settings, *, context: ssl.SSLContext | None = None, look_up: LookUp = name_lookup.look_up
    ) -> None:
        self._settings = settings
        self._context = context or ssl.create_default_context()
        self._look_up = look_up

    def send(self, claimed: ClaimedDelivery) -> DeliveryOutcome:
        """Make the attempt; whatever fails on the way is an outcome, not an error."""
        started_at = time.monotonic()
        status, retry_after = None, 0.0
        try:
            response = self._post(claimed)
            status, retry_after, error = response.status, response.retry_after, error_code(response.status)
        except UnusableUrl:
            error = UNUSABLE_URL.code
        except UnknownHost:
            error = UNKNOWN_HOST.code
        except ForbiddenAddress:
            error = FORBIDDEN_ADDRESS.code
        except DeliveryFailed as failure:
            error = failure.code
        return DeliveryOutcome(status, error, round(1000 * (time.monotonic() - started_at)), retry_after)

    def _post(self, claimed: ClaimedDelivery) -> ReceiverResponse:
        deadline = Deadline(self._settings.webhook_timeout_seconds)
        target = parse_target(claimed.url, http=self._settings.webhook_allow_http)
        host_addresses = self._look_up(target.host, target.port, deadline.left())
        addresses.check(host_addresses, self._settings.webhook_allowed_networks)
        body = json.dumps(claimed.payload, separators=(",", ":"))
        headers = sign_headers(to_wire("msg", claimed.id), datetime.now(UTC), body, claimed.secrets)
        return post(target, host_addresses, headers, body.encode(), deadline, self._context)


def error_code(status: int) -> str | None:
    """The error code of a response that is no success; None for a success."""
    if HTTPStatus.OK <= status < HTTPStatus.MULTIPLE_CHOICES:
        return None
    return REDIRECT.code if status < HTTPStatus.BAD_REQUEST else STATUS.code
