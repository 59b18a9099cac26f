"""Jobs that meet everything that can happen to one: their events and messages are those of the OpenAPI document."""

from typing import get_args

import pytest
from pydantic import BaseModel
from sqlalchemy import func, select, update

from api.schemas.events import AnyEvent
from api.schemas.messages import AnyMessage
from service.batches.ending import end_finished
from service.enums import WebhookEvent
from service.jobs import commands, dependencies, ending, maintenance
from service.jobs.claim import Claim, claim
from service.jobs.errors import InternalJobError
from service.requests.early_stopping import EarlyStoppingRequest
from service.tables import Job
from service.webhooks import deliveries, endpoints
from tests.worker.conftest import Shop
from tests.worker.event_contract import read_events, read_messages
from tests.worker.test_batch_end_to_end import drawing, send, training
from tests.worker.test_early_stopping import JUDGED, PROMPTS, _judged

__all__ = ["_judged"]

FAULT = InternalJobError(OSError()).document()
RULE = EarlyStoppingRequest(prompts=PROMPTS, every=2, patience=100)


def claimed(shop: Shop) -> Claim:
    """The one job that waits, claimed."""
    taken = claim(shop.database, "worker", 60.0)
    assert taken
    return taken


def play_training(shop: Shop) -> None:
    """A fine-tune with everything that one may ask for, on a base that is loaded for the first time."""
    words = "a photo of a dog in a red hat"  # of no other test, whose prior pictures would be found
    shop.fine_tune(
        base=JUDGED, steps=4, class_prompt=words, sample_every=2, sample_prompts=PROMPTS, early_stopping=RULE
    )
    shop.slot().run_until_idle()
    shop.generation()
    shop.slot().run_until_idle()


def play_interruptions(shop: Shop) -> None:
    """A fine-tune that is released, paused, resumed, paused by an error, requeued and canceled."""
    job = shop.fine_tune()
    with shop.database.tenant(shop.customer.id) as scope:
        ending.release(scope, claimed(shop))
    for fails in (False, True):
        taken = claimed(shop)
        with shop.database.tenant(shop.customer.id) as scope:
            commands.pause(scope, job.id)
            if fails:
                ending.retry_or_fail(scope, taken, FAULT, shop.settings)
            else:
                ending.pause(scope, taken)
            commands.resume(scope, job.id)
    taken = claimed(shop)
    with shop.database.tenant(shop.customer.id) as scope:
        commands.cancel(scope, job.id)
        ending.cancel(scope, taken)


def play_faults(shop: Shop) -> None:
    """A generation that fails in every attempt."""
    shop.generation()
    settings = shop.settings.model_copy(update={"retry_seconds": 0.0})
    for _ in range(shop.settings.max_attempts):
        with shop.database.tenant(shop.customer.id) as scope:
            ending.retry_or_fail(scope, claimed(shop), FAULT, settings)


def play_waiting(shop: Shop) -> None:
    """A batch whose second line waits for the first, which is canceled; and a job past its deadline."""
    batch_id = send(shop, training(shop, "train"), drawing("draw", {"custom_id": "train"}))
    with shop.database.tenant(shop.customer.id) as scope:
        (first, _) = scope.session.scalars(select(Job).where(Job.batch_id == batch_id).order_by(Job.line))
        commands.cancel(scope, first.id)
    dependencies.resolve_dependencies(shop.database)
    end_finished(shop.database)
    late = shop.generation()
    with shop.database.tenant(shop.customer.id) as scope:
        scope.session.execute(update(Job).where(Job.id == late.id).values(expires_at=func.now()))
    maintenance.expire(shop.database)


def play(shop: Shop) -> None:
    """All of it, with a webhook that wants to know everything."""
    with shop.database.tenant(shop.customer.id) as scope:
        events = [event.value for event in WebhookEvent]
        endpoint = endpoints.create(scope, shop.settings, url="https://8.8.8.8/", events=events, description="")
        deliveries.ping(scope, endpoint.id)
    for scene in (play_training, play_interruptions, play_faults, play_waiting):
        scene(shop)


@pytest.mark.usefixtures("_judged")
def test_every_event_and_message_is_as_documented(shop: Shop) -> None:
    """Each has the fields of its model alone, and there is no type and no field that nothing ever has."""
    play(shop)
    events = read_events(shop.database, shop.customer.id)
    assert {type(event) for event in events} == set(get_args(AnyEvent))
    assert unused_fields([event.data for event in events]) == set()
    messages = read_messages(shop.database, shop.customer.id)
    assert {type(message) for message in messages} == set(get_args(AnyMessage))
    assert unused_fields([message.data for message in messages]) == set()


def unused_fields(records: list[BaseModel]) -> set[str]:
    """The fields of the records' models that are set in none of them."""
    known = {f"{type(record).__name__}.{name}" for record in records for name in type(record).model_fields}
    used = {f"{type(record).__name__}.{name}" for record in records for name in record.model_fields_set}
    return known - used
