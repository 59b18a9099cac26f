import pytest
from sqlalchemy import text

from service.enums import JobState
from service.jobs import ending, training_state
from service.jobs.claim import Claim
from service.jobs.commands import cancel
from service.jobs.ending import JobResult
from service.jobs.transitions import LostLease
from tests.conftest import Customer
from tests.service.jobs.engine import ERROR, Engine


def ran(engine: Engine, claim: Claim, seconds: float) -> None:
    """Let the attempt have begun that long ago."""
    engine.sql(
        "UPDATE jobs SET claimed_at = clock_timestamp() - make_interval(secs => :seconds) WHERE id = :id",
        seconds=seconds,
        id=claim.job_id,
    )


def save_state(engine: Engine, customer: Customer, claim: Claim) -> str:
    """Store a training state; its key."""
    stored = engine.stored_object(claim, training_state.TRAINING_STATE)
    with engine.scope(customer) as scope:
        training_state.save_training_state(scope, claim, stored)
    return stored.key


def test_a_success_makes_everything_visible_at_once(engine: Engine, alice: Customer) -> None:
    """State, result, artifacts, event, bill and counters."""
    claim = engine.start_job(alice, estimate=10.0)
    ran(engine, claim, 42.0)
    engine.succeed(alice, claim, engine.stored_object(claim), engine.stored_object(claim))
    job = engine.job(claim.job_id)
    assert (job.state, job.result, job.error, job.token, job.lease_until, job.phase) == (
        "succeeded",
        {"images": 2},
        None,
        None,
        None,
        None,
    )
    assert job.ended_at is not None
    assert engine.visible_artifacts(alice, claim.job_id) == 2
    assert engine.event_types(claim.job_id) == ["queued", "running", "succeeded"]
    assert engine.usage(claim.job_id) == [pytest.approx(42.0, abs=2.0)]
    assert (engine.load(alice).running, engine.load(alice).pending) == (0, 0)


def succeed_and_fail_to_commit(engine: Engine, customer: Customer, claim: Claim) -> None:
    """A finish whose transaction breaks at its end."""
    with engine.scope(customer) as scope:
        ending.succeed(scope, claim, JobResult([engine.stored_object(claim)], {"images": 1}))
        scope.session.execute(text("SELECT 1 / 0"))


def test_a_finish_that_breaks_changes_nothing(engine: Engine, alice: Customer) -> None:
    """One transaction: what it wrote before it broke is gone."""
    claim = engine.start_job(alice)
    before = engine.snapshot(claim.job_id)
    with pytest.raises(Exception, match="division by zero"):
        succeed_and_fail_to_commit(engine, alice, claim)
    assert engine.snapshot(claim.job_id) == before
    engine.succeed(alice, claim, engine.stored_object(claim))
    assert engine.usage(claim.job_id)


def test_the_charge_is_corrected_to_the_time_really_served(engine: Engine, alice: Customer) -> None:
    """An estimate of 500 s, of which 3 s were needed."""
    claim = engine.start_job(alice, estimate=500.0)
    assert engine.load(alice).served_seconds == 500.0
    ran(engine, claim, 3.0)
    engine.succeed(alice, claim)
    assert engine.load(alice).served_seconds == pytest.approx(3.0, abs=2.0)


def test_served_time_never_falls_below_zero(engine: Engine, alice: Customer) -> None:
    """Not even where somebody set the counter back while a job ran."""
    claim = engine.start_job(alice, estimate=500.0)
    engine.sql("UPDATE tenant_loads SET served_seconds = 0")
    engine.succeed(alice, claim)
    assert engine.load(alice).served_seconds == 0.0


def test_a_users_error_is_final_at_the_first_attempt(engine: Engine, alice: Customer) -> None:
    """No retry mends it; it is billed once."""
    claim = engine.start_job(alice)
    with engine.scope(alice) as scope:
        ending.fail(scope, claim, ERROR)
    job = engine.job(claim.job_id)
    assert (job.state, job.error, job.result, job.attempt) == ("failed", ERROR, None, 1)
    assert [(event.type, event.data) for event in engine.events(claim.job_id)][-1] == ("failed", {"error": ERROR})
    assert len(engine.usage(claim.job_id)) == 1
    assert engine.claim() is None


@pytest.mark.parametrize("end", ["succeed", "fail", "cancel"])
def test_a_job_that_ended_keeps_no_state_to_resume_from(engine: Engine, alice: Customer, end: str) -> None:
    """The row goes in the finishing transaction, the object soon after."""
    claim = engine.start_job(alice, kind="fine_tune")
    key = save_state(engine, alice, claim)
    with engine.scope(alice) as scope:
        match end:
            case "succeed":
                ending.succeed(scope, claim, JobResult([], {}))
            case "fail":
                ending.fail(scope, claim, ERROR)
            case _:
                cancel(scope, claim.job_id)
                ending.cancel(scope, claim)
    assert engine.visible_artifacts(alice, claim.job_id, training_state.TRAINING_STATE) == 0
    assert key in engine.pending_deletions()


def test_a_new_state_replaces_the_last(engine: Engine, alice: Customer) -> None:
    """One state a job; the object of the older is marked for deletion."""
    claim = engine.start_job(alice)
    first, second = save_state(engine, alice, claim), save_state(engine, alice, claim)
    with engine.scope(alice) as scope:
        assert training_state.training_state_key(scope, claim) == second
    assert engine.visible_artifacts(alice, claim.job_id, training_state.TRAINING_STATE) == 1
    assert engine.pending_deletions() == {first}


def test_the_state_survives_the_worker_and_a_release(engine: Engine, alice: Customer) -> None:
    """What the next attempt resumes from stays until the job ends."""
    first = engine.start_job(alice)
    key = save_state(engine, alice, first)
    engine.lose(first)
    second = engine.claim()
    assert second is not None
    with engine.scope(alice) as scope:
        ending.release(scope, second)
    third = engine.claim()
    assert third is not None
    with engine.scope(alice) as scope:
        assert training_state.training_state_key(scope, third) == key


def test_a_released_job_goes_back_at_once_and_the_attempt_is_not_counted(engine: Engine, alice: Customer) -> None:
    """A worker that shuts down is nobody's fault; only the time it used is charged."""
    claim = engine.start_job(alice, estimate=500.0)
    ran(engine, claim, 7.0)
    with engine.scope(alice) as scope:
        ending.release(scope, claim)
    assert engine.job(claim.job_id).attempt == 0
    assert engine.load(alice).served_seconds == pytest.approx(7.0, abs=2.0)
    assert engine.usage(claim.job_id) == []
    again = engine.claim()
    assert again is not None
    assert (again.job_id, again.attempt) == (claim.job_id, 1)
    assert again.token > claim.token
    assert engine.event_types(claim.job_id) == ["queued", "running", "released", "running"]


def test_releases_do_not_wear_a_job_out(engine: Engine, alice: Customer) -> None:
    """More of them than attempts are allowed."""
    job_id = engine.accept(alice)
    for _ in range(engine.settings.max_attempts + 2):
        claim = engine.claim()
        assert claim is not None
        with engine.scope(alice) as scope:
            ending.release(scope, claim)
    assert engine.event_types(job_id).count("released") == engine.settings.max_attempts + 2
    engine.check_counters()


def test_an_attempt_cannot_cancel_what_nobody_asked_to_cancel(engine: Engine, alice: Customer) -> None:
    """The table refuses the move, and then neither bill nor state is touched."""
    claim = engine.start_job(alice, kind="fine_tune")
    save_state(engine, alice, claim)
    before = engine.snapshot(claim.job_id)
    with pytest.raises(LostLease), engine.scope(alice) as scope:
        ending.cancel(scope, claim)
    assert engine.snapshot(claim.job_id) == before
    assert engine.state(claim.job_id) == JobState.RUNNING
