from uuid import UUID

import pytest

from service.settings import Settings
from service.webhooks import retry
from service.webhooks.outcome import DeliveryOutcome
from tests.conftest import Customer
from tests.service.webhooks.office import Office
from tests.service.webhooks.receiver import Receiver, listening


@pytest.fixture
def dying(office: Office, receiver: Receiver, alice: Customer) -> UUID:
    """An endpoint whose breaker has just opened, with ten deliveries."""
    endpoint = office.add(alice, receiver.url)
    office.tell(alice, times=10)
    receiver.statuses = [500]
    for _ in range(office.settings.webhook_breaker_failures):
        for one in office.claim():
            office.record(one, office.sender.send(one))
    return endpoint


def test_enough_failures_in_a_row_open_the_breaker(office: Office, receiver: Receiver, dying: UUID) -> None:
    """Then the other deliveries wait, though they are due."""
    row = office.endpoint(dying)
    assert (row.failures, row.paused_until is not None) == (5, True)
    assert office.claim() == []
    assert len(receiver.requests) == 5


def test_an_open_breaker_lets_one_probe_through_at_a_time(office: Office, dying: UUID) -> None:
    """After its pause; a second sender finds nothing while the probe is under way."""
    office.make_due()
    (probe,) = office.claim()
    assert probe.probe
    assert office.claim() == []
    office.record(probe, DeliveryOutcome(500, "status", 1))
    assert office.claim() == []
    assert office.endpoint(dying).failures == 6


def test_a_probe_that_succeeds_closes_the_breaker(office: Office, receiver: Receiver, dying: UUID) -> None:
    """And all that waited goes."""
    receiver.statuses = [200]
    office.make_due()
    office.deliver()
    assert office.states() == ["delivered"] * 10
    row = office.endpoint(dying)
    assert (row.failures, row.paused_until) == (0, None)


def test_what_began_before_the_breaker_opened_is_no_probe(office: Office, receiver: Receiver, alice: Customer) -> None:
    """Four under way at the fifth failure do not make the pause sixteen times as long."""
    endpoint = office.add(alice, receiver.url)
    office.tell(alice, times=10)
    parallel = [one for _ in range(4) for one in office.claim()]
    office.sql("UPDATE webhook_endpoints SET failures = 4")
    for one in parallel:
        office.record(one, DeliveryOutcome(None, "timeout", 15_000))
    assert office.endpoint(endpoint).failures == 5
    assert office.states() == ["pending"] * 10


def test_what_waited_in_vain_for_all_of_the_schedule_is_dead(office: Office, dying: UUID) -> None:
    """At the next probe that fails, so that a dead receiver's deliveries all end in the dead-letter list."""
    office.make_due()
    office.sql(
        "UPDATE webhook_deliveries SET begun_at = now() - make_interval(secs => :longest) WHERE id < "
        "(SELECT max(id::text)::uuid FROM webhook_deliveries)",
        longest=retry.schedule_seconds(office.settings) + 1,
    )
    (probe,) = office.claim()
    office.record(probe, DeliveryOutcome(500, "status", 1))
    assert office.states() == ["dead"] * 9 + ["pending"]


def test_a_failure_of_ours_buries_nothing(office: Office, receiver: Receiver, alice: Customer) -> None:
    """After two days without a sender, everything is still delivered to a receiver that lives."""
    office.add(alice, receiver.url)
    office.tell(alice, times=3)
    office.sql("UPDATE webhook_deliveries SET begun_at = begun_at - interval '2 days', next_at = begun_at")
    receiver.statuses = [500, 200]
    office.deliver()
    assert sorted(office.states()) == ["delivered", "delivered", "pending"]


def test_one_success_in_between_keeps_the_breaker_closed(office: Office, receiver: Receiver, alice: Customer) -> None:
    """It counts failures in a row."""
    endpoint = office.add(alice, receiver.url)
    office.tell(alice, times=9)
    receiver.statuses = [*[500] * 4, 200, *[500] * 4]
    office.deliver()
    assert (office.endpoint(endpoint).failures, office.endpoint(endpoint).paused_until) == (4, None)
    assert len(receiver.requests) == 9


def test_a_dead_endpoint_does_not_keep_another_waiting(
    office: Office, dying: UUID, bob: Customer, alice: Customer
) -> None:
    """Neither another tenant's nor the same tenant's."""
    with listening() as healthy:
        office.add(bob, healthy.url)
        office.add(alice, healthy.url)
        office.tell(bob, times=3)
        office.tell(alice, times=3)
        office.deliver()
    assert len(healthy.requests) == 6


def test_pauses_double_up_to_a_ceiling() -> None:
    """A minute, two, four, eight, and then a quarter of an hour for as long as it takes."""
    settings = Settings()
    assert retry.breaker_pause(4, settings) is None
    assert [retry.breaker_pause(5 + n, settings) for n in range(6)] == [60, 120, 240, 480, 900, 900]
    assert retry.breaker_pause(10_000, settings) == 900
