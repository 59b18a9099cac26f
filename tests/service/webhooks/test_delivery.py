"""A delivery's way from the outbox to the receiver, or to the dead-letter list."""

from itertools import pairwise

import pytest

from service.enums import WebhookEvent
from service.webhooks import deliveries, endpoints
from service.webhooks.cleanup import clean_up
from service.webhooks.outcome import DeliveryOutcome
from tests.conftest import Customer
from tests.service.jobs.together import together
from tests.service.webhooks.office import Office
from tests.service.webhooks.receiver import Receiver

FAILED = DeliveryOutcome(500, "status", 3)
DELIVERED = DeliveryOutcome(200, None, 3)


def test_what_happens_is_delivered_once_and_signed(office: Office, receiver: Receiver, alice: Customer) -> None:
    """With a log of one attempt; a second look finds nothing."""
    endpoint = office.add(alice, receiver.url)
    office.tell(alice, id="job_1")
    office.deliver()
    assert office.deliver() == []
    (seen,) = receiver.requests
    payload = seen.verified(office.secrets(endpoint)[0])
    assert (payload["type"], payload["data"]) == ("job.succeeded", {"id": "job_1"})
    assert payload["timestamp"].endswith("Z")
    (delivery,) = office.deliveries()
    assert (delivery.state, delivery.lease_until, delivery.token) == ("delivered", None, None)
    assert delivery.delivered_at is not None
    assert office.log() == [(1, 200, None)]


def test_a_failed_attempt_is_repeated_by_the_schedule_under_the_same_id(
    office: Office, receiver: Receiver, alice: Customer
) -> None:
    """Each wait is the schedule's, give or take a tenth; after the last attempt the delivery is dead."""
    office.add(alice, receiver.url)
    office.tell(alice)
    receiver.statuses = [500]
    waits = office.settings.webhook_retry_seconds
    for wait in waits:
        office.deliver()
        assert office.states() == ["pending"]
        assert office.wait() == pytest.approx(wait, rel=0.11)
        office.make_due()
    office.deliver()
    assert office.states() == ["dead"]
    assert office.log() == [(number, 500, "status") for number in range(1, len(waits) + 2)]
    assert len(set(receiver.ids)) == 1
    stamps = [int(request.headers["webhook-timestamp"]) for request in receiver.requests]
    assert all(earlier <= later for earlier, later in pairwise(stamps))


def test_a_success_after_failures_ends_the_delivery(office: Office, receiver: Receiver, alice: Customer) -> None:
    """The log has all of it."""
    office.add(alice, receiver.url)
    office.tell(alice)
    receiver.statuses = [500, 429, 200]
    for _ in range(3):
        office.deliver()
        office.make_due()
    assert office.states() == ["delivered"]
    assert office.log() == [(1, 500, "status"), (2, 429, "status"), (3, 200, None)]


def test_a_sender_that_dies_between_sending_and_recording_costs_a_repetition(
    office: Office, receiver: Receiver, alice: Customer
) -> None:
    """With the same id, once its lease is over and not before; what the dead one says later changes nothing."""
    office.add(alice, receiver.url)
    office.tell(alice)
    (lost,) = office.claim()
    office.sender.send(lost)
    assert office.deliver() == []
    office.end_leases()
    office.deliver()
    assert len(receiver.ids) == 2
    assert len(set(receiver.ids)) == 1
    assert office.record(lost, FAILED) is False
    assert (office.states(), office.log()) == (["delivered"], [(1, 200, None)])


def test_the_lease_outlasts_an_attempt(office: Office, alice: Customer, receiver: Receiver) -> None:
    """By the database's clock: no second sender comes while the first may still be at it."""
    office.add(alice, receiver.url)
    office.tell(alice)
    office.claim()
    (delivery,) = office.deliveries()
    assert delivery.lease_until is not None
    assert (delivery.lease_until - delivery.created_at).total_seconds() >= 2 * office.settings.webhook_timeout_seconds


def test_senders_at_the_same_time_deliver_everything_exactly_once(
    office: Office, receiver: Receiver, alice: Customer, bob: Customer
) -> None:
    """When nothing fails. Four of them, 60 deliveries, three endpoints of two tenants."""
    for customer in (alice, alice, bob):
        office.add(customer, receiver.url)
    office.tell(alice, times=20)
    office.tell(bob, times=20)
    together([office.deliver] * 4)
    office.deliver()  # what the last of them left because its endpoint was busy
    assert office.states() == ["delivered"] * 60
    assert len(receiver.ids) == len(set(receiver.ids)) == 60


def test_a_receiver_that_is_gone_disables_its_endpoint(office: Office, receiver: Receiver, alice: Customer) -> None:
    """410: what was for it is dead, what comes later is not even noted, and enabling makes replay possible."""
    endpoint = office.add(alice, receiver.url)
    office.tell(alice, times=2)
    receiver.statuses = [410, 200]
    office.deliver()
    row = office.endpoint(endpoint)
    assert (row.disabled_reason, row.disabled_at is not None) == ("gone", True)
    assert office.states() == ["dead", "pending"]
    clean_up(office.database, office.settings)
    office.tell(alice)
    assert office.states() == ["dead", "dead"]
    with office.database.tenant(alice.id) as scope:
        endpoints.update(scope, office.settings, endpoint, enabled=True)
        deliveries.replay_dead(scope, endpoint, None)
    office.deliver()
    assert office.states() == ["delivered", "delivered"]
    assert receiver.ids[0] in receiver.ids[1:]


def test_a_replay_goes_through_the_whole_schedule_again(office: Office, receiver: Receiver, alice: Customer) -> None:
    """Under the same id, and its log goes on where it was."""
    endpoint = office.add(alice, receiver.url)
    office.tell(alice)
    office.deliver()
    (delivery,) = office.deliveries()
    with office.database.tenant(alice.id) as scope:
        deliveries.replay(scope, endpoint, delivery.id)
    receiver.statuses = [500, 200]
    office.deliver()
    assert (office.states(), office.deliveries()[0].attempts) == (["pending"], 1)
    office.make_due()
    office.deliver()
    assert office.log() == [(1, 200, None), (2, 500, "status"), (3, 200, None)]
    assert len(set(receiver.ids)) == 1


def test_only_what_is_dead_and_young_enough_is_replayed(office: Office, receiver: Receiver, alice: Customer) -> None:
    """Since a time; what was delivered stays delivered."""
    endpoint = office.add(alice, receiver.url)
    office.tell(alice, times=3)
    office.sql(
        "UPDATE webhook_deliveries SET state = 'dead', created_at = now() - make_interval(hours => nth) FROM "
        "(SELECT id AS this, row_number() OVER (ORDER BY id)::int AS nth FROM webhook_deliveries) n WHERE this = id"
    )
    office.sql("UPDATE webhook_deliveries SET state = 'delivered' WHERE created_at > now() - interval '90 minutes'")
    before = [delivery.created_at for delivery in office.deliveries()]
    with office.database.tenant(alice.id) as scope:
        deliveries.replay_dead(scope, endpoint, before[1])
    assert office.states() == ["delivered", "pending", "dead"]


def test_deliveries_of_an_endpoint_that_was_deleted_are_recorded_nowhere(
    office: Office, receiver: Receiver, alice: Customer
) -> None:
    """Whoever still sends one is not disturbed by it."""
    endpoint = office.add(alice, receiver.url)
    office.tell(alice)
    (claimed,) = office.claim()
    with office.database.tenant(alice.id) as scope:
        endpoints.delete(scope, endpoint)
    assert office.record(claimed, DELIVERED) is False
    assert (office.deliveries(), office.log()) == ([], [])


@pytest.mark.parametrize("retry_after", [600.0, 1e9])
def test_a_receiver_may_ask_for_more_time(
    office: Office, receiver: Receiver, alice: Customer, retry_after: float
) -> None:
    """As much as it says, up to the longest wait of the schedule."""
    office.add(alice, receiver.url)
    office.tell(alice)
    (claimed,) = office.claim()
    office.record(claimed, DeliveryOutcome(503, "status", 3, retry_after))
    assert office.wait() == pytest.approx(min(retry_after, 36_000), abs=1)


def test_old_deliveries_are_forgotten_and_those_that_wait_are_not(
    office: Office, receiver: Receiver, alice: Customer
) -> None:
    """With their log; a replay makes one young again."""
    office.add(alice, receiver.url)
    office.tell(alice, times=3)
    office.deliver()
    office.tell(alice)
    office.sql("UPDATE webhook_deliveries SET created_at = now() - interval '31 days', begun_at = created_at")
    office.sql(
        "UPDATE webhook_deliveries SET begun_at = now() - interval '31 days' WHERE id <> "
        "(SELECT max(id::text)::uuid FROM webhook_deliveries WHERE state = 'delivered')"
    )
    clean_up(office.database, office.settings)
    assert office.states() == ["delivered", "pending"]
    assert len(office.log()) == 1


def test_what_happens_to_a_tenant_is_told_to_that_tenant_alone(
    office: Office, receiver: Receiver, alice: Customer, bob: Customer
) -> None:
    """Alice's jobs to Alice's servers, whatever Bob asks to be told of; and no two endpoints share a secret."""
    theirs = office.add(bob, receiver.url)
    office.tell(alice)
    assert office.deliveries() == []
    mine = office.add(alice, receiver.url, WebhookEvent.JOB_SUCCEEDED)
    office.tell(alice)
    assert [delivery.endpoint_id for delivery in office.deliveries()] == [mine]
    assert office.secrets(mine)[0] != office.secrets(theirs)[0]
