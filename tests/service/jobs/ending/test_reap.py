import itertools

import pytest

from service.enums import JobState
from service.jobs import training_state
from service.jobs.ending import backoff_seconds, retry_or_fail
from service.jobs.maintenance import has_claimable_work, reap
from service.jobs.transitions import LostLease, lock_job
from service.settings import Settings
from tests.conftest import Customer
from tests.service.jobs.engine import Engine
from tests.service.jobs.together import together

FAULT = {"code": "unavailable", "detail": "The object store cannot be reached.", "retryable": True}


def test_a_job_whose_lease_ran_out_waits_again_with_back_off(engine: Engine, alice: Customer) -> None:
    """The estimate is taken back, the attempt counted, the token void."""
    claim = engine.start_job(alice, estimate=50.0)
    engine.expire(claim.job_id)
    assert engine.reap() == 1
    job = engine.job(claim.job_id)
    assert (job.state, job.attempt, job.token, job.lease_until, job.worker) == ("queued", 1, None, None, None)
    last = engine.events(claim.job_id)[-1]
    assert (last.type, last.data) == (
        "requeued",
        {"reason": "lease_expired", "retry_in": engine.settings.retry_seconds},
    )
    load = engine.load(alice)
    assert (load.running, load.pending, load.served_seconds) == (0, 1, 0.0)


def test_a_reaped_attempt_is_charged_what_it_held(engine: Engine, alice: Customer) -> None:
    """From the claim to the end of its lease, in place of the estimate: who kills workers is not served first again."""
    claim = engine.start_job(alice, estimate=50.0)
    engine.sql(
        "UPDATE jobs SET claimed_at = now() - interval '31 s', lease_until = now() - interval '1 s' WHERE id = :id",
        id=claim.job_id,
    )
    engine.reap()
    assert engine.load(alice).served_seconds == pytest.approx(30.0, abs=0.1)


def test_a_job_whose_lease_holds_is_left_alone(engine: Engine, alice: Customer) -> None:
    """However often the reaper looks."""
    claim = engine.start_job(alice)
    assert [engine.reap(), engine.reap()] == [0, 0]
    assert engine.event_types(claim.job_id) == ["queued", "running"]


def test_back_off_doubles_up_to_a_ceiling(settings: Settings) -> None:
    """2, 4, 8 … seconds, and never more than the ceiling."""
    patient = settings.model_copy(update={"retry_seconds": 2.0, "retry_max_seconds": 20.0})
    assert [backoff_seconds(attempt, patient) for attempt in range(1, 7)] == [2.0, 4.0, 8.0, 16.0, 20.0, 20.0]


def test_the_second_loss_waits_longer_than_the_first(engine: Engine, alice: Customer) -> None:
    """The history tells it."""
    job_id = engine.accept(alice)
    for _ in range(3):
        claim = engine.claim()
        assert claim is not None
        engine.lose(claim)
    waits = [event.data["retry_in"] for event in engine.events(job_id) if event.type == "requeued"]
    assert [b / a for a, b in itertools.pairwise(waits)] == [2.0, 2.0]


def test_a_job_that_kills_every_worker_fails_with_the_last_attempt(engine: Engine, alice: Customer) -> None:
    """With the code `worker_lost`, no bill, and no state left behind."""
    job_id = engine.accept(alice)
    for attempt in range(1, engine.settings.max_attempts + 1):
        claim = engine.claim()
        assert claim is not None
        assert claim.attempt == attempt
        with engine.scope(alice) as scope:
            training_state.save_training_state(scope, claim, engine.stored_object(claim, training_state.TRAINING_STATE))
        engine.lose(claim)
    job = engine.job(job_id)
    assert job.state == "failed"
    assert job.error is not None
    assert (job.error["code"], job.error["retryable"]) == ("worker_lost", False)
    assert engine.claim() is None
    assert engine.usage(job_id) == []
    assert engine.visible_artifacts(alice, job_id, training_state.TRAINING_STATE) == 0
    assert len(engine.pending_deletions()) == engine.settings.max_attempts
    engine.check_counters()


def test_an_internal_error_is_retried_until_the_last_attempt(engine: Engine, alice: Customer) -> None:
    """Then it fails with that fault, and is billed once."""
    job_id = engine.accept(alice)
    for attempt in range(1, engine.settings.max_attempts + 1):
        claim = engine.claim()
        assert claim is not None
        with engine.scope(alice) as scope:
            retry_or_fail(scope, claim, FAULT, engine.settings)
        engine.make_due()
        expected = JobState.FAILED if attempt == engine.settings.max_attempts else JobState.QUEUED
        assert engine.state(job_id) == expected
        engine.check_counters()
    assert engine.job(job_id).error == FAULT
    assert len(engine.usage(job_id)) == 1


def test_a_retry_waits_and_names_its_reason(engine: Engine, alice: Customer) -> None:
    """The client sees why the job is queued again."""
    claim = engine.start_job(alice)
    slow = engine.settings.model_copy(update={"retry_seconds": 600.0, "retry_max_seconds": 600.0})
    with engine.scope(alice) as scope:
        retry_or_fail(scope, claim, FAULT, slow)
    assert engine.claim() is None
    last = engine.events(claim.job_id)[-1]
    assert (last.type, last.data) == ("requeued", {"reason": "unavailable", "retry_in": 600.0})


def test_two_reapers_take_each_job_back_once(engine: Engine, alice: Customer) -> None:
    """Four at once over twelve dead leases."""
    engine.sql("UPDATE tenant_loads SET max_running = 100")
    jobs = [engine.start_job(alice).job_id for _ in range(12)]
    for job_id in jobs:
        engine.expire(job_id)
    assert sum(together([engine.reap] * 4)) == 12
    assert all(engine.event_types(job_id) == ["queued", "running", "requeued"] for job_id in jobs)
    engine.check_counters()


def test_the_reaper_passes_over_a_job_that_is_finishing(engine: Engine, alice: Customer) -> None:
    """It neither waits for the finish nor undoes it."""
    claim = engine.start_job(alice)
    engine.expire(claim.job_id)
    with engine.scope(alice) as scope:
        assert lock_job(scope.session, claim.job_id, claim.token) is not None
        assert engine.reap() == 0
    assert engine.reap() == 1


def test_of_a_finish_and_a_reaper_at_the_same_time_one_wins(engine: Engine, alice: Customer) -> None:
    """Either the job succeeded once, or it waits again and nothing of the attempt remains."""
    for _ in range(10):
        claim = engine.start_job(alice)
        engine.expire(claim.job_id)

        def succeed() -> bool:
            try:
                engine.succeed(alice, claim, engine.stored_object(claim))  # noqa: B023 — called within this turn of the loop
            except LostLease:
                return False
            return True

        def take_back() -> bool:
            return engine.reap() == 1

        succeeded, reaped = together([succeed, take_back])
        assert succeeded != reaped
        assert engine.visible_artifacts(alice, claim.job_id) == int(succeeded)
        assert len(engine.usage(claim.job_id)) == int(succeeded)
        if reaped:
            engine.make_due()
            again = engine.claim()
            assert again is not None
            engine.succeed(alice, again)
    engine.check_counters()
    engine.check_histories()


def test_the_sweeper_sees_work_that_could_be_claimed(engine: Engine, alice: Customer) -> None:
    """Not what is not due yet, and not what runs."""
    assert not has_claimable_work(engine.database)
    engine.accept(alice)
    assert has_claimable_work(engine.database)
    engine.sql("UPDATE jobs SET available_at = now() + interval '1 hour'")
    assert not has_claimable_work(engine.database)
    engine.make_due()
    engine.claim()
    assert not has_claimable_work(engine.database)


@pytest.mark.parametrize("attempts", [1, 5])
def test_a_pausing_job_whose_worker_died_is_paused_or_failed(engine: Engine, alice: Customer, attempts: int) -> None:
    """The reaper has a way out of every leased state, or it would look at the same job for ever."""
    claim = engine.start_job(alice)
    engine.sql("UPDATE jobs SET state = 'pausing', lease_until = now() - interval '1 second'")
    assert reap(engine.database, engine.settings.model_copy(update={"max_attempts": attempts})) == 1
    assert engine.state(claim.job_id) == (JobState.FAILED if attempts == 1 else JobState.PAUSED)
    engine.check_counters()
