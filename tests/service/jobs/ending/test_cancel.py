import pytest

from service.enums import JobState
from service.errors import NotFound, WrongState
from service.jobs import ending, training_state
from service.jobs.commands import cancel
from service.jobs.ending import retry_or_fail
from tests.conftest import Customer
from tests.service.jobs.engine import ERROR, Engine
from tests.service.jobs.together import together


def test_a_job_that_waits_is_canceled_at_once(engine: Engine, alice: Customer) -> None:
    """It never runs, costs nothing and frees its place."""
    job_id = engine.accept(alice)
    with engine.scope(alice) as scope:
        assert cancel(scope, job_id).state == "canceled"
        assert scope.after_commit.changed_jobs == [job_id]
    assert engine.event_types(job_id) == ["queued", "canceled"]
    assert engine.usage(job_id) == []
    assert (engine.load(alice).pending, engine.load(alice).served_seconds) == (0, 0.0)
    assert engine.claim() is None


def test_a_job_that_runs_is_canceled_by_its_worker(engine: Engine, alice: Customer) -> None:
    """First `canceling`, then at the next step `canceled`; the time used is billed."""
    claim = engine.start_job(alice)
    with engine.scope(alice) as scope:
        assert cancel(scope, claim.job_id).state == "canceling"
    assert engine.load(alice).running == 1
    with engine.scope(alice) as scope:
        ending.cancel(scope, claim)
    assert engine.event_types(claim.job_id) == ["queued", "running", "canceling", "canceled"]
    assert len(engine.usage(claim.job_id)) == 1
    assert engine.load(alice).running == 0


def test_a_second_cancel_changes_nothing(engine: Engine, alice: Customer) -> None:
    """Neither while the job is being canceled nor after."""
    waiting, claim = engine.accept(alice), None
    with engine.scope(alice) as scope:
        cancel(scope, waiting)
        cancel(scope, waiting)
    claim = engine.start_job(alice)
    with engine.scope(alice) as scope:
        cancel(scope, claim.job_id)
    with engine.scope(alice) as scope:
        assert cancel(scope, claim.job_id).state == "canceling"
    assert engine.event_types(waiting) == ["queued", "canceled"]
    assert engine.event_types(claim.job_id) == ["queued", "running", "canceling"]


def test_a_canceled_job_ignores_a_late_result(engine: Engine, alice: Customer) -> None:
    """The cancel was acknowledged, so no picture appears after it."""
    claim = engine.start_job(alice)
    with engine.scope(alice) as scope:
        cancel(scope, claim.job_id)
    late = engine.stored_object(claim)
    assert not engine.succeed(alice, claim, late)
    job = engine.job(claim.job_id)
    assert (job.state, job.result) == (JobState.CANCELED, None)
    assert engine.visible_artifacts(alice, claim.job_id) == 0
    assert engine.pending_deletions() == {late.key}


@pytest.mark.parametrize("way", ["fail", "retry", "release"])
def test_every_other_end_of_a_canceled_attempt_is_a_cancel(engine: Engine, alice: Customer, way: str) -> None:
    """A job that was asked to stop does not fail, wait again or bear an error."""
    claim = engine.start_job(alice)
    with engine.scope(alice) as scope:
        cancel(scope, claim.job_id)
    with engine.scope(alice) as scope:
        match way:
            case "fail":
                ending.fail(scope, claim, ERROR)
            case "retry":
                retry_or_fail(scope, claim, ERROR, engine.settings)
            case _:
                ending.release(scope, claim)
    job = engine.job(claim.job_id)
    assert (job.state, job.error) == ("canceled", None)
    assert engine.event_types(claim.job_id)[-1] == "canceled"
    engine.check_counters()


def test_a_job_whose_worker_died_while_it_was_canceled_is_canceled(engine: Engine, alice: Customer) -> None:
    """By the reaper, without another attempt and without a bill."""
    claim = engine.start_job(alice)
    with engine.scope(alice) as scope:
        cancel(scope, claim.job_id)
    engine.expire(claim.job_id)
    assert engine.reap() == 1
    assert engine.state(claim.job_id) == JobState.CANCELED
    assert engine.usage(claim.job_id) == []
    assert engine.load(alice).served_seconds == 0.0
    engine.check_counters()


@pytest.mark.parametrize("dead", [True, False])
def test_no_training_state_outlives_a_cancel(engine: Engine, alice: Customer, *, dead: bool) -> None:
    """Not where the job waits for its next attempt, and not where the reaper ends it."""
    claim = engine.start_job(alice)
    stored = engine.stored_object(claim, training_state.TRAINING_STATE)
    with engine.scope(alice) as scope:
        training_state.save_training_state(scope, claim, stored)
    if not dead:
        engine.lose(claim)
    with engine.scope(alice) as scope:
        cancel(scope, claim.job_id)
    if dead:
        engine.expire(claim.job_id)
        engine.reap()
    assert engine.state(claim.job_id) == JobState.CANCELED
    assert engine.visible_artifacts(alice, claim.job_id, training_state.TRAINING_STATE) == 0
    assert engine.pending_deletions() == {stored.key}


def test_what_has_ended_cannot_be_canceled(engine: Engine, alice: Customer) -> None:
    """A result that was delivered stays delivered."""
    claim = engine.start_job(alice)
    engine.succeed(alice, claim)
    with pytest.raises(WrongState, match="succeeded"), engine.scope(alice) as scope:
        cancel(scope, claim.job_id)


def test_nobody_cancels_another_tenants_job(engine: Engine, alice: Customer, bob: Customer) -> None:
    """It is not there."""
    job_id = engine.accept(alice)
    with pytest.raises(NotFound), engine.scope(bob) as scope:
        cancel(scope, job_id)
    with pytest.raises(NotFound), engine.scope(bob) as scope:
        cancel(scope, None)
    assert engine.state(job_id) == JobState.QUEUED


def test_of_a_cancel_and_a_success_at_the_same_time_one_wins(engine: Engine, alice: Customer) -> None:
    """A success with a result and no cancel, or a cancel without a result: never a bit of both."""
    for _ in range(10):
        claim = engine.start_job(alice)

        def stop() -> str:
            try:
                with engine.scope(alice) as scope:
                    cancel(scope, claim.job_id)  # noqa: B023 — called within this turn of the loop
            except WrongState:
                return "refused"
            return "canceled"

        def succeed() -> str:
            made = engine.succeed(alice, claim, engine.stored_object(claim))  # noqa: B023 — as above
            return "succeeded" if made else "ended as canceled"

        answers = together([stop, succeed])
        if answers == ["refused", "succeeded"]:
            assert engine.visible_artifacts(alice, claim.job_id) == 1
            continue
        assert answers == ["canceled", "ended as canceled"]
        assert engine.visible_artifacts(alice, claim.job_id) == 0
        assert engine.state(claim.job_id) == JobState.CANCELED
        assert engine.job(claim.job_id).result is None
    engine.check_counters()
