from service.jobs.ending import retry_or_fail
from tests.conftest import Customer
from tests.service.jobs.engine import ERROR, Engine


def test_after_a_fault_another_worker_goes_first(engine: Engine, alice: Customer) -> None:
    """The one that failed the job leaves it for a while; another takes it as soon as the back-off is over."""
    job_id = engine.accept(alice)
    first = engine.claim("one")
    assert first is not None
    with engine.scope(alice) as scope:
        retry_or_fail(scope, first, ERROR, engine.settings)
    engine.sql("UPDATE jobs SET available_at = now()")
    assert engine.claim("one") is None
    second = engine.claim("two")
    assert second is not None
    assert (second.job_id, second.attempt) == (job_id, 2)


def test_a_worker_that_is_alone_tries_again_itself(engine: Engine, alice: Customer) -> None:
    """After the grace nobody is avoided."""
    engine.accept(alice)
    first = engine.claim("one")
    assert first is not None
    engine.expire(first.job_id)
    engine.reap()
    engine.sql("UPDATE jobs SET available_at = now(), avoided_until = now()")
    assert engine.claim("one") is not None


def test_a_job_left_for_others_does_not_hold_up_the_tenant(engine: Engine, alice: Customer) -> None:
    """The next job of the tenant is claimed in its place."""
    engine.accept(alice)
    first = engine.claim("one")
    assert first is not None
    with engine.scope(alice) as scope:
        retry_or_fail(scope, first, ERROR, engine.settings)
    engine.sql("UPDATE jobs SET available_at = now()")
    other = engine.accept(alice)
    claimed = engine.claim("one")
    assert claimed is not None
    assert claimed.job_id == other
