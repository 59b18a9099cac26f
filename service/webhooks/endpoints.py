"""A tenant's webhook endpoints: their URLs, their events, and the secrets that sign each delivery."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy import update as update_rows

from service.errors import NotFound, TooManyWebhooks, UnusableUrl
from service.ids import new_id
from service.infra.clock import from_now
from service.infra.database import Scope
from service.infra.locks import KeyedLock, lock_key
from service.pagination import Page, fetch_page
from service.settings import Settings
from service.tables import WebhookEndpoint
from service.webhooks import addresses, name_lookup
from service.webhooks.addresses import ForbiddenAddress
from service.webhooks.name_lookup import UnknownHost
from service.webhooks.outcome import disable_endpoint
from service.webhooks.signing import new_secret
from service.webhooks.urls import parse_target

BY_CLIENT = "client"
LOOKUP_TIMEOUT_SECONDS = 1.0


def create(scope: Scope, settings: Settings, *, url: str, events: Sequence[str], description: str) -> WebhookEndpoint:
    """Create an endpoint with a secret of its own; UnusableUrl, or TooManyWebhooks."""
    check_url(url, settings)
    check_limit(scope, settings)
    endpoint = WebhookEndpoint(
        id=new_id(),
        tenant_id=scope.tenant_id,
        url=url,
        events=list(events),
        description=description,
        secret=new_secret(),
    )
    scope.session.add(endpoint)
    scope.session.flush()
    return get(scope, endpoint.id)


def check_url(url: str, settings: Settings) -> None:
    """UnusableUrl where deliveries may not go, as far as that can be known: each delivery checks it again."""
    target = parse_target(url, http=settings.webhook_allow_http)
    try:
        host_addresses = name_lookup.look_up(target.host, target.port, LOOKUP_TIMEOUT_SECONDS)
        addresses.check(host_addresses, settings.webhook_allowed_networks)
    except UnknownHost:
        return  # it may have an address by the time that something is sent
    except ForbiddenAddress as error:
        raise UnusableUrl("its host has an address that is not public") from error


def check_limit(scope: Scope, settings: Settings) -> None:
    """TooManyWebhooks at the tenant's limit; two calls at once are counted one after the other."""
    lock_key(scope.session, KeyedLock.WEBHOOK_CAP, str(scope.tenant_id))
    own_endpoints = select(func.count()).where(WebhookEndpoint.tenant_id == scope.tenant_id)
    if (scope.session.scalar(own_endpoints) or 0) >= settings.max_webhooks:
        raise TooManyWebhooks(settings.max_webhooks)


def get(scope: Scope, endpoint_id: UUID | None, *, lock: bool = False) -> WebhookEndpoint:
    """The tenant's endpoint as the database has it; NotFound for any other id."""
    query = select(WebhookEndpoint).where(
        WebhookEndpoint.id == endpoint_id, WebhookEndpoint.tenant_id == scope.tenant_id
    )
    query = query.with_for_update(key_share=True) if lock else query
    query = query.execution_options(populate_existing=True)
    endpoint = scope.session.scalar(query) if endpoint_id else None
    if endpoint is None:
        raise NotFound("webhook")
    return endpoint


def get_secret(scope: Scope, endpoint: WebhookEndpoint) -> str:
    """The newest secret, in clear: for the answer to the call that created it."""
    query = select(WebhookEndpoint.secret).where(
        WebhookEndpoint.id == endpoint.id, WebhookEndpoint.tenant_id == scope.tenant_id
    )
    return scope.session.scalars(query).one()


def list_page(scope: Scope, *, limit: int, after: UUID | None) -> Page[WebhookEndpoint]:
    """The tenant's endpoints, newest first."""
    query = select(WebhookEndpoint).where(WebhookEndpoint.tenant_id == scope.tenant_id)
    return fetch_page(scope.session, query, WebhookEndpoint.id, limit=limit, after=after)


def update(
    scope: Scope,
    settings: Settings,
    endpoint_id: UUID | None,
    *,
    url: str | None = None,
    events: Sequence[str] | None = None,
    description: str | None = None,
    enabled: bool | None = None,
) -> WebhookEndpoint:
    """Change what is given. A new URL, or being enabled, closes the breaker."""
    if url is not None:
        check_url(url, settings)
    endpoint = get(scope, endpoint_id, lock=True)
    endpoint.url = url if url is not None else endpoint.url
    endpoint.events = list(events) if events is not None else endpoint.events
    endpoint.description = description if description is not None else endpoint.description
    if enabled is False and endpoint.disabled_at is None:
        disable_endpoint(endpoint, BY_CLIENT)
    if enabled:
        endpoint.disabled_at = endpoint.disabled_reason = None
    if enabled or url is not None:
        endpoint.failures, endpoint.paused_until = 0, None
    scope.session.flush()
    return get(scope, endpoint_id)


def rotate_secret(scope: Scope, endpoint_id: UUID | None, keep_seconds: float) -> WebhookEndpoint:
    """Create a new secret. The one before it signs too for `keep_seconds`; any older one does no more."""
    endpoint = get(scope, endpoint_id, lock=True)
    own_row = (WebhookEndpoint.id == endpoint.id, WebhookEndpoint.tenant_id == scope.tenant_id)
    scope.session.execute(
        update_rows(WebhookEndpoint)
        .where(*own_row)
        .values(
            old_secret=WebhookEndpoint.secret if keep_seconds > 0 else None,
            old_secret_until=from_now(keep_seconds) if keep_seconds > 0 else None,
            secret=new_secret(),
            secret_created_at=func.now(),
        )
        .execution_options(synchronize_session=False)
    )
    return get(scope, endpoint.id)


def delete(scope: Scope, endpoint_id: UUID | None) -> None:
    """Delete the endpoint with its deliveries and their log."""
    scope.session.delete(get(scope, endpoint_id))
    scope.session.flush()
