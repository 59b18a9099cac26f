from uuid import UUID

from sqlalchemy import text

from service.webhooks import outbox
from service.webhooks.claim import claim_deliveries, claim_due, lock_receivers
from tests.conftest import Customer
from tests.service.jobs.together import together
from tests.service.webhooks.office import Office

NOWHERE = "http://127.0.0.1:9/"


def test_a_look_takes_one_delivery_an_endpoint_the_oldest_first(office: Office, alice: Customer, bob: Customer) -> None:
    """So a long queue of one endpoint is no wait for another."""
    first, second = office.add(alice, NOWHERE), office.add(bob, NOWHERE)
    office.tell(alice, times=50)
    office.tell(bob)
    claimed = office.claim()
    assert {one.endpoint_id for one in claimed} == {first, second}
    oldest = [min(row.id for row in office.deliveries() if row.endpoint_id == one) for one in (first, second)]
    assert {one.id for one in claimed} == set(oldest)


def test_endpoints_take_turns(office: Office, alice: Customer) -> None:
    """With one thread free at a time, each of three is served once before any is served twice."""
    ids = {office.add(alice, NOWHERE) for _ in range(3)}
    office.tell(alice, times=5)
    order = [office.claim(most=1)[0].endpoint_id for _ in range(6)]
    assert set(order[:3]) == set(order[3:]) == ids
    assert order[:3] == order[3:]


def test_no_more_than_the_bound_is_under_way_to_one_endpoint(office: Office, alice: Customer) -> None:
    """Eight senders that look at the same moment take four deliveries, and not one of them twice."""
    office.add(alice, NOWHERE)
    office.tell(alice, times=50)
    for _ in range(3):
        together([office.claim] * 8)
    while office.claim():
        pass
    leased = [row for row in office.deliveries() if row.lease_until is not None]
    assert len(leased) == office.settings.webhook_endpoint_concurrency
    assert len({row.token for row in leased}) == len(leased)


def lease_all_room(office: Office, endpoint: UUID) -> None:
    """Others send as much to the endpoint as may be under way, the newest of its deliveries."""
    office.sql(
        "UPDATE webhook_deliveries SET lease_until = now() + interval '1 hour' WHERE id IN "
        "(SELECT id FROM webhook_deliveries WHERE endpoint_id = :id ORDER BY id DESC LIMIT :room)",
        id=endpoint,
        room=office.settings.webhook_endpoint_concurrency,
    )


def test_an_endpoint_without_room_takes_no_other_s_turn(office: Office, alice: Customer) -> None:
    """Though it was served longest ago, and more is due for it."""
    busy, idle = office.add(alice, NOWHERE), office.add(alice, NOWHERE)
    office.tell(alice, times=10)
    lease_all_room(office, busy)
    office.sql("UPDATE webhook_endpoints SET served_at = now() WHERE id = :id", id=idle)
    assert [one.endpoint_id for one in office.claim(most=1)] == [idle]


def test_room_that_vanished_before_the_lock_was_had_is_not_used(office: Office, alice: Customer) -> None:
    """Another sender's claim may be committed between the look at an endpoint and its lock."""
    endpoint = office.add(alice, NOWHERE)
    office.tell(alice, times=10)
    with office.database.engine() as session:
        receivers = lock_receivers(session, office.settings, healthy=True, most=1)
        lease_all_room(office, endpoint)
        assert len(receivers) == 1
        assert claim_due(session, office.settings, receivers) == []


def test_senders_together_send_one_probe(office: Office, alice: Customer) -> None:
    """However many look when the pause is over."""
    office.add(alice, NOWHERE)
    office.tell(alice, times=50)
    office.sql("UPDATE webhook_endpoints SET failures = 5, paused_until = now()")
    probes = [one for claimed in together([office.claim] * 8) for one in claimed]
    assert [one.probe for one in probes] == [True]


def test_a_claim_keeps_no_job_from_ending(office: Office, alice: Customer) -> None:
    """Its lock on the endpoint lets the outbox pass."""
    office.add(alice, NOWHERE)
    office.tell(alice)
    with office.database.engine() as session:
        assert len(claim_deliveries(session, office.settings, healthy=True, most=1)) == 1
        with office.database.tenant(alice.id) as scope:
            scope.session.execute(text("SET LOCAL lock_timeout = '200ms'"))
            outbox.notify(scope.session, alice.id, type="job.succeeded", subject={})
    assert len(office.deliveries()) == 2


def test_what_is_not_due_is_not_claimed(office: Office, alice: Customer) -> None:
    """Nor what goes to a disabled endpoint, nor what is over."""
    office.add(alice, NOWHERE)
    office.tell(alice, times=3)
    office.sql("UPDATE webhook_deliveries SET next_at = now() + interval '1 hour'")
    assert office.claim() == []
    office.make_due()
    office.sql("UPDATE webhook_endpoints SET disabled_at = now()")
    assert office.claim() == []
    office.sql("UPDATE webhook_endpoints SET disabled_at = NULL")
    office.sql("UPDATE webhook_deliveries SET state = 'dead'")
    assert office.claim() == []
