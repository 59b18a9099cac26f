"""A job that a fault or a shutdown interrupted goes before whatever waits for a first turn."""

from service.jobs import ending
from service.jobs.commands import pause, resume
from service.jobs.ending import retry_or_fail
from service.jobs.queue_position import queue_position
from service.jobs.specs import FINE_TUNE
from service.tables import Job
from tests.conftest import Customer
from tests.service.jobs.engine import ERROR, WARM, Engine


def test_a_lost_job_goes_before_a_tenant_with_less_served_time(engine: Engine, alice: Customer, bob: Customer) -> None:
    """Though its own tenant paid for all that the dead worker held, and its own older jobs wait too."""
    claim = engine.start_job(alice)
    engine.accept(alice)
    for _ in range(3):
        engine.accept(bob)
    engine.sql("UPDATE tenant_loads SET served_seconds = 1000 WHERE tenant_id = :id", id=alice.id)
    engine.lose(claim)
    again = engine.claim(warm=(WARM,))
    assert again is not None
    assert (again.job_id, again.attempt) == (claim.job_id, 2)
    other = engine.claim()
    assert other is not None
    assert other.tenant_id == bob.id


def test_a_released_job_goes_first_too(engine: Engine, alice: Customer, bob: Customer) -> None:
    """Its worker was told to go; the queue was not told to begin anew."""
    claim = engine.start_job(alice)
    engine.accept(bob)
    engine.sql("UPDATE tenant_loads SET served_seconds = 1000 WHERE tenant_id = :id", id=alice.id)
    with engine.scope(alice) as scope:
        ending.release(scope, claim)
    again = engine.claim()
    assert again is not None
    assert again.job_id == claim.job_id


def test_of_two_the_first_interrupted_goes_first(engine: Engine, alice: Customer, bob: Customer) -> None:
    """Whatever was served since."""
    first, second = engine.start_job(bob), engine.start_job(alice)
    for claim in (first, second):
        engine.expire(claim.job_id)
        engine.reap()
    engine.make_due()
    claims = [engine.claim(), engine.claim()]
    assert [claim.job_id for claim in claims if claim] == [first.job_id, second.job_id]


def test_a_back_off_is_waited_for(engine: Engine, alice: Customer, bob: Customer) -> None:
    """Others run meanwhile, its tenant's as well."""
    claim = engine.start_job(alice)
    next_of_alice, of_bob = engine.accept(alice), engine.accept(bob)
    with engine.scope(alice) as scope:
        retry_or_fail(scope, claim, ERROR, engine.settings)
    claims = [engine.claim(), engine.claim()]
    assert {claim.job_id for claim in claims if claim} == {next_of_alice, of_bob}


def test_a_cap_holds_all_the_same(engine: Engine, alice: Customer, bob: Customer) -> None:
    """A tenant that runs as much as it may does not get more by losing workers."""
    claim = engine.start_job(alice)
    engine.accept(bob)
    engine.lose(claim)
    engine.sql("UPDATE tenant_loads SET max_running = 0 WHERE tenant_id = :id", id=alice.id)
    other = engine.claim()
    assert other is not None
    assert other.tenant_id == bob.id


def test_a_pause_gives_the_place_up(engine: Engine, alice: Customer, bob: Customer) -> None:
    """A client that pauses the job and resumes it asks for a turn like anybody."""
    claim = engine.start_job(alice, kind=FINE_TUNE)
    engine.accept(bob)
    engine.lose(claim)
    with engine.scope(alice) as scope:
        pause(scope, claim.job_id)
        resume(scope, claim.job_id)
    engine.sql("UPDATE tenant_loads SET served_seconds = 1000 WHERE tenant_id = :id", id=alice.id)
    other = engine.claim()
    assert other is not None
    assert other.tenant_id == bob.id


def test_its_place_is_told(engine: Engine, alice: Customer, bob: Customer) -> None:
    """The position that clients read is the one that claims go by."""
    claim = engine.start_job(alice)
    of_bob = engine.accept(bob)
    engine.sql("UPDATE tenant_loads SET served_seconds = 1000 WHERE tenant_id = :id", id=alice.id)
    engine.lose(claim)
    positions = []
    for customer, job_id in ((alice, claim.job_id), (bob, of_bob)):
        with engine.scope(customer) as scope:
            job = scope.session.get_one(Job, job_id)
            where = queue_position(scope, job, engine.settings)
            assert where is not None
            positions.append(where.position)
    assert positions == [1, 2]
