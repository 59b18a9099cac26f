from datetime import UTC, datetime, timedelta

import pytest

from service.enums import JobState
from service.infra.database import Scope
from service.jobs import ending, training_state
from service.jobs.attempt import record_progress, renew_lease
from service.jobs.claim import Claim
from service.jobs.commands import cancel
from service.jobs.ending import JobResult, retry_or_fail
from service.jobs.transitions import LostLease
from service.settings import Settings
from tests.conftest import Customer
from tests.service.jobs.engine import ERROR, Engine


def stop(engine: Engine, customer: Customer, claim: Claim) -> None:
    """The customer asks the job to stop."""
    with engine.scope(customer) as scope:
        cancel(scope, claim.job_id)


def test_a_beat_renews_the_lease_and_tells_the_state(engine: Engine, alice: Customer) -> None:
    """From the moment of the beat, and without an event."""
    claim = engine.start_job(alice)
    engine.expire(claim.job_id)
    with engine.database.engine() as session:
        assert renew_lease(session, claim, 30.0) == JobState.RUNNING
    lease_until = engine.job(claim.job_id).lease_until
    assert lease_until is not None
    assert lease_until > datetime.now(UTC) + timedelta(seconds=25)
    assert engine.reap() == 0
    assert engine.event_types(claim.job_id) == ["queued", "running"]


def test_a_beat_brings_the_cancel(engine: Engine, alice: Customer) -> None:
    """And keeps the lease meanwhile: the worker needs a moment to stop."""
    claim = engine.start_job(alice)
    stop(engine, alice, claim)
    with engine.database.engine() as session:
        assert renew_lease(session, claim, 30.0) == JobState.CANCELING
    assert engine.state(claim.job_id) == JobState.CANCELING


def test_a_report_shows_how_far_the_job_is(engine: Engine, alice: Customer) -> None:
    """In the row for those who get the job, in an event for those who watch it."""
    claim = engine.start_job(alice)
    with engine.scope(alice) as scope:
        state = record_progress(scope, claim, phase="sampling", step=7, steps=20, data={"seconds_left": 3.5})
    job = engine.job(claim.job_id)
    assert (state, job.phase, job.step, job.steps) == (JobState.RUNNING, "sampling", 7, 20)
    last = engine.events(claim.job_id)[-1]
    assert (last.type, last.data) == (
        "progress",
        {"phase": "sampling", "step": 7, "steps": 20, "seconds_left": 3.5},
    )


CALLS = ("beat", "report", "succeed", "fail", "cancel", "release", "retry", "save")


def say(engine: Engine, scope: Scope, claim: Claim, name: str) -> None:
    """Everything that an attempt may want to write."""
    match name:
        case "beat":
            renew_lease(scope.session, claim, 30.0)
        case "report":
            record_progress(scope, claim, phase="training", step=1, steps=2, data={})
        case "succeed":
            ending.succeed(scope, claim, JobResult([engine.stored_object(claim)], {"images": 1}))
        case "fail":
            ending.fail(scope, claim, ERROR)
        case "cancel":
            ending.cancel(scope, claim)
        case "release":
            ending.release(scope, claim)
        case "retry":
            retry_or_fail(scope, claim, ERROR, engine.settings)
        case _:
            training_state.save_training_state(scope, claim, engine.stored_object(claim, training_state.TRAINING_STATE))


def try_late(engine: Engine, customer: Customer, claim: Claim, name: str) -> None:
    """The call as it would be made with a lease that is lost: refused, and without a trace."""
    before = engine.snapshot(claim.job_id)
    with pytest.raises(LostLease), engine.scope(customer) as scope:
        say(engine, scope, claim, name)
    assert engine.snapshot(claim.job_id) == before


@pytest.mark.parametrize("name", CALLS)
def test_an_attempt_whose_job_another_worker_has_changes_nothing(engine: Engine, alice: Customer, name: str) -> None:
    """Taken back and claimed again: the first worker wakes up and is nobody."""
    stale = engine.start_job(alice)
    engine.lose(stale)
    assert engine.claim("second") is not None
    try_late(engine, alice, stale, name)


@pytest.mark.parametrize("name", CALLS)
def test_an_attempt_whose_job_waits_again_changes_nothing(engine: Engine, alice: Customer, name: str) -> None:
    """Between the reaper and the next claim no token is valid."""
    stale = engine.start_job(alice)
    engine.lose(stale)
    try_late(engine, alice, stale, name)


@pytest.mark.parametrize("name", CALLS)
def test_an_attempt_whose_job_has_ended_changes_nothing(engine: Engine, alice: Customer, name: str) -> None:
    """A finish that is repeated, because its answer was lost say, does not bill twice."""
    claim = engine.start_job(alice)
    engine.succeed(alice, claim, engine.stored_object(claim))
    try_late(engine, alice, claim, name)


def test_a_claim_is_not_usable_by_another_tenant(engine: Engine, alice: Customer, bob: Customer) -> None:
    """The job does not exist in Bob's scope, whatever the token."""
    claim = engine.start_job(alice)
    try_late(engine, bob, claim, "succeed")


def test_an_expired_lease_that_nobody_took_back_is_still_the_workers(
    engine: Engine, alice: Customer, settings: Settings
) -> None:
    """A finish that comes before the reaper saves the work."""
    claim = engine.start_job(alice)
    engine.expire(claim.job_id)
    engine.succeed(alice, claim, engine.stored_object(claim))
    assert engine.state(claim.job_id) == JobState.SUCCEEDED
    assert engine.reap() == 0
