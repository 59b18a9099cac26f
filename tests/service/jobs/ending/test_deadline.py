from service.enums import JobState
from service.jobs import maintenance
from tests.conftest import Customer
from tests.service.jobs.engine import Engine
from tests.service.jobs.together import together


def pass_deadlines(engine: Engine) -> None:
    """Let every deadline be over."""
    engine.sql("UPDATE jobs SET expires_at = now() - interval '1 second' WHERE expires_at IS NOT NULL")


def test_a_job_past_its_deadline_is_not_claimed_even_before_upkeep_ends_it(engine: Engine, alice: Customer) -> None:
    """Then it is `expired`, free of charge, and its place is free."""
    job_id = engine.accept(alice, expires_in=3600.0)
    pass_deadlines(engine)
    assert engine.claim() is None
    assert maintenance.expire(engine.database) == 1
    assert engine.event_types(job_id) == ["queued", "expired"]
    assert engine.usage(job_id) == []
    assert engine.load(alice).pending == 0


def test_a_job_that_has_started_has_no_deadline_any_more(engine: Engine, alice: Customer) -> None:
    """A lost worker must not cost a job its life."""
    claim = engine.start_job(alice, expires_in=3600.0)
    pass_deadlines(engine)
    engine.lose(claim)
    assert maintenance.expire(engine.database) == 0
    again = engine.claim()
    assert again is not None
    assert again.job_id == claim.job_id


def test_two_at_once_expire_each_job_once(engine: Engine, alice: Customer) -> None:
    """Rows are locked, and skipped where they are."""
    jobs = [engine.accept(alice, expires_in=3600.0) for _ in range(30)]
    pass_deadlines(engine)
    assert sum(together([lambda: maintenance.expire(engine.database)] * 3)) == 30
    assert {engine.state(job_id) for job_id in jobs} == {JobState.EXPIRED}
    engine.check_histories()
    engine.check_counters()
