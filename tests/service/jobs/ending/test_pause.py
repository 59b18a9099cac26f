from collections.abc import Callable
from uuid import UUID

import pytest

from service.enums import JobState
from service.errors import WrongKind, WrongState
from service.infra.database import Scope
from service.jobs import ending
from service.jobs.attempt import renew_lease
from service.jobs.claim import Claim
from service.jobs.commands import cancel, pause, resume
from service.jobs.ending import retry_or_fail
from service.tables import Job
from tests.conftest import Customer
from tests.service.jobs.engine import ERROR, Engine


def ask(engine: Engine, customer: Customer, verb: Callable[[Scope, UUID], Job], job_id: UUID) -> JobState:
    """What the client's call answers."""
    with engine.scope(customer) as scope:
        return JobState(verb(scope, job_id).state)


def test_a_fine_tune_that_waits_is_paused_at_once_and_keeps_its_place_in_the_count(
    engine: Engine, alice: Customer
) -> None:
    """It is not claimed until it is resumed, and still counts as pending."""
    job_id = engine.accept(alice, kind="fine_tune")
    assert ask(engine, alice, pause, job_id) == ask(engine, alice, pause, job_id) == JobState.PAUSED
    assert engine.claim() is None
    assert engine.load(alice).pending == 1
    assert ask(engine, alice, resume, job_id) == ask(engine, alice, resume, job_id) == JobState.QUEUED
    assert engine.claim() is not None
    assert engine.event_types(job_id) == ["queued", "paused", "resumed", "running"]


def test_a_fine_tune_that_runs_is_paused_by_its_worker_and_the_attempt_does_not_count(
    engine: Engine, alice: Customer
) -> None:
    """The heartbeat brings the order; the device is free, and the time used is billed at the end."""
    claim = engine.start_job(alice, kind="fine_tune")
    assert ask(engine, alice, pause, claim.job_id) == JobState.PAUSING
    with engine.database.engine() as session:
        assert renew_lease(session, claim, 60.0) == JobState.PAUSING
    with engine.scope(alice) as scope:
        ending.pause(scope, claim)
    job = engine.job(claim.job_id)
    assert (job.state, job.attempt, job.token, job.worker) == ("paused", 0, None, None)
    assert (engine.load(alice).running, engine.load(alice).pending) == (0, 1)
    assert engine.usage(claim.job_id) == []
    engine.check_counters()


def test_a_pause_whose_worker_died_is_paused(engine: Engine, alice: Customer) -> None:
    """The reaper ends what the worker cannot."""
    claim = engine.start_job(alice, kind="fine_tune")
    ask(engine, alice, pause, claim.job_id)
    engine.expire(claim.job_id)
    engine.reap()
    assert engine.state(claim.job_id) == JobState.PAUSED


def test_a_fault_while_pausing_pauses(engine: Engine, alice: Customer) -> None:
    """The job is not failed for a fault that a retry would mend: it goes on when it is resumed."""
    claim = engine.start_job(alice, kind="fine_tune")
    ask(engine, alice, pause, claim.job_id)
    with engine.scope(alice) as scope:
        retry_or_fail(scope, claim, ERROR, engine.settings)
    assert engine.state(claim.job_id) == JobState.PAUSED


@pytest.mark.parametrize("hand_over", [ending.pause, ending.release])
def test_a_worker_that_hands_over_obeys_what_the_row_says(
    engine: Engine, alice: Customer, hand_over: Callable[[Scope, Claim], None]
) -> None:
    """Pausing becomes paused, and a cancel that came later wins."""
    first = engine.start_job(alice, kind="fine_tune")
    ask(engine, alice, pause, first.job_id)
    with engine.scope(alice) as scope:
        hand_over(scope, first)
    assert engine.state(first.job_id) == JobState.PAUSED
    second = engine.start_job(alice, kind="fine_tune")
    ask(engine, alice, pause, second.job_id)
    ask(engine, alice, cancel, second.job_id)
    with engine.scope(alice) as scope:
        hand_over(scope, second)
    assert engine.state(second.job_id) == JobState.CANCELED


def test_what_cannot_be_paused_or_resumed_says_why(engine: Engine, alice: Customer) -> None:
    """Generations are too short to pause; what has ended stays so; what runs need not be resumed."""
    picture, training = engine.accept(alice), engine.accept(alice, kind="fine_tune")
    with pytest.raises(WrongKind):
        ask(engine, alice, pause, picture)
    ask(engine, alice, pause, training)
    ask(engine, alice, cancel, training)
    for verb in (pause, resume):
        with pytest.raises(WrongState):
            ask(engine, alice, verb, training)
