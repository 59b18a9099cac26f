import pytest

from service.enums import Priority
from service.errors import TooManyPending
from service.infra.database import AfterCommit
from service.jobs.submission import submit_job
from tests.conftest import Customer
from tests.drafts import draft
from tests.service.jobs.engine import Engine
from tests.service.jobs.together import together


def served(engine: Engine, customer: Customer, seconds: float, weight: float = 1.0) -> None:
    """Let the tenant have had that much device time."""
    engine.sql(
        "UPDATE tenant_loads SET served_seconds = :seconds, weight = :weight WHERE tenant_id = :id",
        id=customer.id,
        seconds=seconds,
        weight=weight,
    )


def test_an_accepted_job_has_one_event_and_counts_as_pending(engine: Engine, alice: Customer) -> None:
    """Row, history and counter appear together."""
    job_id = engine.accept(alice)
    job = engine.job(job_id)
    assert (job.state, job.attempt, job.token, job.steps) == ("queued", 0, None, 50)
    assert [(event.seq, event.type) for event in engine.events(job_id)] == [(1, "queued")]
    assert (engine.load(alice).pending, engine.load(alice).running) == (1, 0)


def accept_and_fail(engine: Engine, customer: Customer) -> None:
    """A request that raises after its job was accepted."""
    with engine.scope(customer) as scope:
        job = submit_job(scope, draft(), Priority.INTERACTIVE)
        assert scope.after_commit == AfterCommit(wake_workers=True, changed_jobs=[job.id])
        raise ZeroDivisionError


def test_a_request_that_fails_leaves_nothing(engine: Engine, alice: Customer) -> None:
    """Accepting is part of the request's transaction."""
    with pytest.raises(ZeroDivisionError):
        accept_and_fail(engine, alice)
    assert engine.load(alice).pending == 0
    assert engine.claim() is None


def test_the_limit_of_pending_jobs_holds_for_requests_at_the_same_time(engine: Engine, alice: Customer) -> None:
    """Eight ask for one of three places: three get one."""
    engine.sql("UPDATE tenant_loads SET max_pending = 3")

    def ask() -> bool:
        try:
            engine.accept(alice)
        except TooManyPending:
            return False
        return True

    assert sum(together([ask] * 8)) == 3
    assert engine.load(alice).pending == 3
    engine.check_counters()


def test_a_running_job_does_not_use_up_a_place_in_the_queue(engine: Engine, alice: Customer) -> None:
    """The limit is on what waits."""
    engine.sql("UPDATE tenant_loads SET max_pending = 1")
    engine.start_job(alice)
    engine.accept(alice)
    with pytest.raises(TooManyPending):
        engine.accept(alice)


def test_a_tenant_that_returns_starts_level_with_the_least_served_active_one(
    engine: Engine, alice: Customer, bob: Customer
) -> None:
    """Not at 0, with which it would shut the others out until it has caught up."""
    served(engine, bob, 600.0, weight=2.0)
    engine.accept(bob)
    served(engine, alice, 5.0, weight=3.0)
    engine.accept(alice)
    assert engine.load(alice).served_seconds == 900.0  # the share 600 / 2, times alice's weight
    assert engine.load(bob).served_seconds == 600.0


def test_a_tenant_that_was_served_more_keeps_its_count_when_it_returns(
    engine: Engine, alice: Customer, bob: Customer
) -> None:
    """Going away does not wash off what was served."""
    served(engine, bob, 10.0)
    engine.accept(bob)
    served(engine, alice, 5000.0)
    engine.accept(alice)
    assert engine.load(alice).served_seconds == 5000.0


def test_a_tenant_that_is_active_is_not_lifted(engine: Engine, alice: Customer, bob: Customer) -> None:
    """Only the first job after an idle time lifts."""
    engine.accept(alice)
    served(engine, bob, 700.0)
    engine.accept(bob)
    engine.accept(alice)
    assert engine.load(alice).served_seconds == 0.0


def test_idle_tenants_are_not_the_measure(engine: Engine, alice: Customer, bob: Customer) -> None:
    """A tenant that has nothing to do does not hold the level down."""
    served(engine, bob, 0.0)
    served(engine, alice, 40.0)
    engine.accept(alice)
    engine.accept(bob)
    assert engine.load(bob).served_seconds == 40.0
