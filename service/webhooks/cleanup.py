"""The upkeep of deliveries: those to a disabled endpoint are dead-lettered, and old ones are deleted."""

from datetime import timedelta

from sqlalchemy import delete, func, or_, select, update

from service.enums import DeliveryState
from service.infra.database import Database
from service.settings import Settings
from service.tables import WebhookDelivery, WebhookEndpoint

BATCH_SIZE = 1000


def clean_up(database: Database, settings: Settings) -> None:
    """Dead-letter and delete what is due. Safe to run twice at once."""
    dead_letter_disabled(database)
    delete_old(database, settings)


def dead_letter_disabled(database: Database) -> None:
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


def delete_old(database: Database, settings: Settings) -> None:
    """Delete what was delivered or given up `webhook_log_retention_days` ago, a batch at a time."""
    old = (
        select(WebhookDelivery.id)
        .where(
            WebhookDelivery.created_at < func.now() - timedelta(days=settings.webhook_log_retention_days),
            WebhookDelivery.begun_at < func.now() - timedelta(days=settings.webhook_log_retention_days),
            WebhookDelivery.state != DeliveryState.PENDING.value,
        )
        .limit(BATCH_SIZE)
        .with_for_update(skip_locked=True)
    )
    with database.engine() as session:
        session.execute(delete(WebhookDelivery).where(WebhookDelivery.id.in_(old)))
