"""What time does to deliveries: those of a disabled endpoint are dead, and old ones are forgotten."""

from datetime import timedelta

from sqlalchemy import delete, func, or_, select, update

from service.database import Database
from service.settings import Settings
from service.tables import WebhookDelivery, WebhookEndpoint
from service.webhooks.states import DeliveryState

AT_ONCE = 1000


def tidy(database: Database, settings: Settings) -> None:
    """Two of these at once do no harm."""
    bury(database)
    forget(database, settings)


def bury(database: Database) -> None:
    """What waits for a disabled endpoint goes to its dead-letter list, unless it is under way."""
    disabled = select(WebhookEndpoint.id).where(WebhookEndpoint.disabled_at.is_not(None))
    waiting = (
        select(WebhookDelivery.id)
        .where(
            WebhookDelivery.state == DeliveryState.PENDING.value,
            WebhookDelivery.endpoint_id.in_(disabled),
            or_(WebhookDelivery.lease_until.is_(None), WebhookDelivery.lease_until <= func.now()),
        )
        .with_for_update(key_share=True, skip_locked=True)
    )
    dead = {"state": DeliveryState.DEAD.value, "token": None, "lease_until": None}
    with database.engine() as session:
        session.execute(update(WebhookDelivery).where(WebhookDelivery.id.in_(waiting)).values(dead))


def forget(database: Database, settings: Settings) -> None:
    """Drop what was delivered or given up `webhook_log_days` ago, some at a time."""
    old = (
        select(WebhookDelivery.id)
        .where(
            WebhookDelivery.created_at < func.now() - timedelta(days=settings.webhook_log_days),
            WebhookDelivery.begun_at < func.now() - timedelta(days=settings.webhook_log_days),
            WebhookDelivery.state != DeliveryState.PENDING.value,
        )
        .limit(AT_ONCE)
        .with_for_update(skip_locked=True)
    )
    with database.engine() as session:
        session.execute(delete(WebhookDelivery).where(WebhookDelivery.id.in_(old)))
