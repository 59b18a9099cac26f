"""What happens to a job is told in the transaction in which it happens, and never holds it up."""

from collections.abc import Callable
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from service.enums import TERMINAL, JobState, WebhookEvent
from service.ids import to_wire
from service.jobs import bulk_transitions, commands, ending, maintenance
from service.webhooks import endpoints, outbox
from tests.conftest import Customer
from tests.service.jobs.engine import ERROR, Engine
from tests.service.webhooks.office import Office

NOWHERE = "http://127.0.0.1:9/"


@pytest.fixture
def engine(office: Office) -> Engine:
    """The job engine of the same database, with nothing in it."""
    engine = Engine(office.database, office.settings)
    engine.sql("TRUNCATE jobs CASCADE")
    return engine


def succeed(engine: Engine, customer: Customer) -> UUID:
    """A job whose worker made something."""
    claim = engine.start_job(customer)
    engine.succeed(customer, claim)
    return claim.job_id


def fail(engine: Engine, customer: Customer) -> UUID:
    """A job whose worker found a fault in it."""
    claim = engine.start_job(customer)
    with engine.scope(customer) as scope:
        ending.fail(scope, claim, ERROR)
    return claim.job_id


def kill(engine: Engine, customer: Customer) -> UUID:
    """A job that every worker died of: the reaper, who is another role, ends it."""
    job_id = engine.accept(customer)
    for _ in range(engine.settings.max_attempts):
        claim = engine.claim()
        assert claim is not None
        engine.lose(claim)
    return job_id


def cancel(engine: Engine, customer: Customer) -> UUID:
    """A job that waits no more."""
    job_id = engine.accept(customer)
    with engine.scope(customer) as scope:
        commands.cancel(scope, job_id)
    return job_id


def expire(engine: Engine, customer: Customer) -> UUID:
    """A job that did not start in time."""
    job_id = engine.accept(customer, expires_in=3600.0)
    engine.sql("UPDATE jobs SET expires_at = now()")
    maintenance.expire(engine.database)
    return job_id


ENDS: dict[Callable[[Engine, Customer], UUID], str] = {
    succeed: "succeeded",
    fail: "failed",
    kill: "failed",
    cancel: "canceled",
    expire: "expired",
}


@pytest.mark.parametrize("end", ENDS)
def test_every_end_of_a_job_is_told_once(
    office: Office, engine: Engine, alice: Customer, end: Callable[[Engine, Customer], UUID]
) -> None:
    """With what a receiver needs to know what ended and how, and the number of the event that says so."""
    office.add(alice, NOWHERE)
    job = engine.job(end(engine, alice))
    (delivery,) = office.deliveries()
    told = delivery.payload["data"]
    assert (delivery.job_id, delivery.seq, delivery.type) == (job.id, job.event_seq, f"job.{ENDS[end]}")
    assert (told["id"], told["status"], told["error"]) == (to_wire("job", job.id), ENDS[end], job.error)
    assert delivery.payload["type"] == delivery.type
    assert (told["ended_at"] is not None, told["started_at"] is None) == (True, job.started_at is None)
    assert not [word for word in ("X-Amz", "url", "prompt") if word in str(delivery.payload)]


def test_every_final_state_has_a_type() -> None:
    """A state that is added must be told of too."""
    assert {f"job.{state}" for state in TERMINAL} == {
        event.value for event in WebhookEvent if event.value[:4] == "job."
    }


def test_an_endpoint_is_told_of_what_it_asked_for(office: Office, engine: Engine, alice: Customer) -> None:
    """Each of three endpoints its own share; a job that goes on is told to none."""
    both = office.add(alice, NOWHERE, WebhookEvent.JOB_SUCCEEDED, WebhookEvent.JOB_CANCELED)
    failures = office.add(alice, NOWHERE, WebhookEvent.JOB_FAILED)
    office.add(alice, NOWHERE, WebhookEvent.BATCH_ENDED)
    engine.start_job(alice)
    engine.sql("TRUNCATE jobs CASCADE")
    for end in ENDS:
        end(engine, alice)
    told = [(delivery.endpoint_id, delivery.type) for delivery in office.deliveries()]
    assert told == [
        (both, "job.succeeded"),
        (failures, "job.failed"),
        (failures, "job.failed"),
        (both, "job.canceled"),
    ]


def test_jobs_that_end_at_once_are_told_one_by_one(office: Office, engine: Engine, alice: Customer) -> None:
    """As if each had ended by itself: its own message to each endpoint."""
    ids = {office.add(alice, NOWHERE) for _ in range(2)}
    jobs = [engine.accept(alice) for _ in range(3)]
    with engine.scope(alice) as scope:
        assert bulk_transitions.end_waiting(scope.session, alice.id, jobs, JobState.CANCELED) == 3
    told = {(row.endpoint_id, row.payload["data"]["id"], row.type, row.seq) for row in office.deliveries()}
    assert told == {(one, to_wire("job", job), "job.canceled", 2) for one in ids for job in jobs}


def test_what_did_not_happen_is_not_told(office: Office, alice: Customer) -> None:
    """The outbox is rolled back with the rest."""
    office.add(alice, NOWHERE)
    with pytest.raises(ZeroDivisionError):
        tell_and_break_off(office, alice)
    assert office.deliveries() == []


def tell_and_break_off(office: Office, customer: Customer) -> None:
    """A transaction that fails after it told."""
    with office.database.tenant(customer.id) as scope:
        outbox.notify(scope.session, customer.id, type="job.failed", subject={})
        raise ZeroDivisionError


def test_a_disabled_endpoint_is_not_told(office: Office, alice: Customer) -> None:
    """Nothing waits for it."""
    endpoint = office.add(alice, NOWHERE)
    with office.database.tenant(alice.id) as scope:
        endpoints.update(scope, office.settings, endpoint, enabled=False)
    office.tell(alice)
    assert office.deliveries() == []


def test_an_endpoint_that_is_being_deleted_neither_holds_up_nor_breaks_the_end_of_a_job(
    office: Office, alice: Customer
) -> None:
    """Though its deletion is not committed yet, and whether it will be or not."""
    going, staying = office.add(alice, NOWHERE), office.add(alice, NOWHERE)
    with office.database.tenant(alice.id) as deleting:
        endpoints.delete(deleting, going)
        with office.database.tenant(alice.id) as ending:
            ending.session.execute(text("SET LOCAL lock_timeout = '200ms'"))
            outbox.notify(ending.session, alice.id, type="job.failed", subject={})
    assert [delivery.endpoint_id for delivery in office.deliveries()] == [staying]


def delete_impatiently(office: Office, customer: Customer, endpoint: UUID) -> None:
    """A deletion that waits for no lock."""
    with office.database.tenant(customer.id) as scope:
        scope.session.execute(text("SET LOCAL lock_timeout = '100ms'"))
        endpoints.delete(scope, endpoint)


def test_a_delivery_keeps_its_endpoint_until_it_is_committed(office: Office, alice: Customer) -> None:
    """So the end of a job never fails of a row that vanished: the deletion waits, and takes the delivery along."""
    endpoint = office.add(alice, NOWHERE)
    with office.database.tenant(alice.id) as ending:
        outbox.notify(ending.session, alice.id, type="job.failed", subject={})
        with pytest.raises(OperationalError, match="lock timeout"):
            delete_impatiently(office, alice, endpoint)
    assert len(office.deliveries()) == 1
    with office.database.tenant(alice.id) as scope:
        endpoints.delete(scope, endpoint)
    assert office.deliveries() == []
