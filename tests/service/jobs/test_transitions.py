import pytest
from sqlalchemy import select

from service.enums import LEASED, TERMINAL, JobState
from service.jobs.attempt import record_progress
from service.jobs.claim import Claim
from service.jobs.transitions import ALLOWED, lock_job, move
from service.tables import Job
from tests.conftest import Customer
from tests.service.jobs.engine import Engine
from tests.service.jobs.together import together


def place(engine: Engine, customer: Customer, state: JobState) -> Job:
    """A job put into the state by hand, and counters that agree."""
    job_id = engine.accept(customer)
    leased = state in LEASED
    engine.sql(
        "UPDATE jobs SET state = :state, token = :token, worker = :worker WHERE id = :id",
        id=job_id,
        state=state.value,
        token=1 if leased else None,
        worker="w" if leased else None,
    )
    engine.recount()
    return engine.job(job_id)


@pytest.mark.parametrize("state", list(JobState))
def test_a_move_is_made_exactly_where_the_table_allows_it(engine: Engine, alice: Customer, state: JobState) -> None:
    """To each of the ten states: a move has one event and right counters, a refused one changes nothing at all."""
    for target in JobState:
        job = place(engine, alice, state)
        before = engine.snapshot(job.id)
        with engine.scope(alice) as scope:
            locked = lock_job(scope.session, job.id)
            assert locked is not None
            made = move(scope.session, locked, target)
        assert made == (target in ALLOWED[state])
        if made:
            check_moved(engine, job, target)
        else:
            assert engine.snapshot(job.id) == before
    engine.check_counters()


def check_moved(engine: Engine, job: Job, target: JobState) -> None:
    """The row and the history agree that the job is there."""
    after = engine.job(job.id)
    assert engine.event_types(job.id) == ["queued", target.value]
    assert (after.state, after.event_seq) == (target.value, 2)
    assert (after.ended_at is not None) == (target in TERMINAL)
    if target not in LEASED:
        assert (after.token, after.lease_until, after.worker) == (None, None, None)


def test_reports_at_the_same_time_are_numbered_without_a_gap(engine: Engine, alice: Customer) -> None:
    """Eight threads write five events each; the numbers are 1 to 42."""
    claim = engine.start_job(alice)

    def tell() -> None:
        for step in range(5):
            with engine.scope(alice) as scope:
                record_progress(scope, claim, phase="sampling", step=step, steps=50, data={})

    together([tell] * 8)
    assert [event.seq for event in engine.events(claim.job_id)] == list(range(1, 43))


def report_and_fail(engine: Engine, customer: Customer, claim: Claim) -> None:
    """A report whose transaction is rolled back."""
    with engine.scope(customer) as scope:
        record_progress(scope, claim, phase="sampling", step=1, steps=50, data={})
        raise ZeroDivisionError


def test_a_rolled_back_event_leaves_no_gap(engine: Engine, alice: Customer) -> None:
    """The number belongs to the row, and goes back with it."""
    claim = engine.start_job(alice)
    with pytest.raises(ZeroDivisionError):
        report_and_fail(engine, alice, claim)
    with engine.scope(alice) as scope:
        record_progress(scope, claim, phase="sampling", step=2, steps=50, data={})
    assert [(event.seq, event.data.get("step")) for event in engine.events(claim.job_id)][2:] == [(3, 2)]


def test_a_job_locked_with_another_token_is_not_there(engine: Engine, alice: Customer) -> None:
    """The token is part of the question."""
    claim = engine.start_job(alice)
    with engine.scope(alice) as scope:
        assert lock_job(scope.session, claim.job_id, claim.token + 1) is None
        assert lock_job(scope.session, claim.job_id, claim.token) is not None
        assert scope.session.scalar(select(Job.token)) == claim.token
