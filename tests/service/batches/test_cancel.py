"""The cancel of a whole batch, in chunks, by several at once, broken off and gone on with."""

from uuid import UUID

import pytest
from sqlalchemy import select

from service.assets import artifacts
from service.batches import cancel as canceling
from service.batches.cancel import continue_cancellations
from service.batches.ending import end_finished
from service.enums import JobState
from service.errors import BatchEnded
from service.infra.database import Scope
from service.jobs import ending
from service.jobs.bulk_transitions import end_waiting
from service.jobs.commands import cancel, pause
from service.jobs.dependencies import resolve_dependencies
from service.tables import Job
from tests.service.batches.sender import Sender, pictures
from tests.service.jobs.engine import Engine
from tests.service.jobs.together import together


@pytest.fixture
def small_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Three lines a transaction."""
    monkeypatch.setattr(canceling, "CHUNK_LINES", 3)


def check(engine: Engine) -> None:
    """Counters and histories are what the jobs say."""
    engine.check_counters()
    engine.check_histories()


def given_back(sender: Sender, engine: Engine) -> list[UUID]:
    """Two fine-tunes that wait again after an attempt, each with a state to resume from."""
    engine.sql("UPDATE tenant_loads SET max_running = 9")
    sender.send([sender.training(1), sender.training(2)])
    claims = [engine.claim(), engine.claim()]
    for claim in claims:
        assert claim
        with engine.scope(sender.customer) as scope:
            artifacts.record(scope, engine.stored_object(claim, "training_state"), claim.job_id)
            ending.release(scope, claim)
    return [claim.job_id for claim in claims if claim]


def test_many_end_exactly_as_one_does(sender: Sender, engine: Engine) -> None:
    """The same row, history, counters, message and pending deletion as a cancel by `transitions.move` leaves."""
    sender.listen()
    one, other = given_back(sender, engine)
    with engine.scope(sender.customer) as scope:
        cancel(scope, one)
    assert engine.load(sender.customer).batch_pending == 1
    with engine.scope(sender.customer) as scope:
        assert end_waiting(scope.session, sender.customer.id, [other], JobState.CANCELED) == 1
    assert engine.load(sender.customer).batch_pending == 0
    first, second = engine.job(one), engine.job(other)
    own = {"id", "spec", "line", "custom_id", "started_at", "claimed_at", "ended_at", "available_at", "device_seconds"}
    for column in set(Job.__table__.columns.keys()) - own:
        assert getattr(first, column) == getattr(second, column), column
    assert first.ended_at
    assert second.ended_at
    with engine.database.engine() as session:
        assert len(session.scalars(select(Job.id).where(Job.error.is_(None), Job.result.is_(None))).all()) == 2
    assert engine.event_types(one) == engine.event_types(other)
    assert len(engine.pending_deletions()) == 2
    assert engine.artifact_count(sender.customer, one) == engine.artifact_count(sender.customer, other) == 0
    messages = sender.messages("job.canceled")
    assert [(told.job_id, told.seq) for told in messages] == [(one, first.event_seq), (other, second.event_seq)]
    assert messages[0].payload["data"].keys() == messages[1].payload["data"].keys()
    check(engine)


def test_what_does_not_wait_is_not_ended_by_the_way(sender: Sender, engine: Engine) -> None:
    """A running job and an ended one are passed over, and not counted."""
    jobs = sender.jobs(sender.send(sender.pictures(3)))
    claim = engine.claim()
    assert claim
    engine.succeed(sender.customer, claim)
    engine.claim()
    with engine.scope(sender.customer) as scope:
        assert end_waiting(scope.session, sender.customer.id, [job.id for job in jobs], JobState.CANCELED) == 1
    assert [engine.state(job.id) for job in jobs] == ["succeeded", "running", "canceled"]
    check(engine)


def test_a_cancel_reaches_every_line_in_whatever_state_it_is(
    sender: Sender, engine: Engine, small_chunks: None
) -> None:
    """Running, paused, blocked, queued: the first chunk at once, the rest by upkeep; what had ended stays as it was."""
    sender.listen()
    engine.sql("UPDATE tenant_loads SET max_running = 9")
    lines = [*sender.pictures(6), sender.training(7), sender.training(8), pictures(9, sender.base, "line-8")]
    batch_id = sender.send(lines)
    done, running = engine.claim(), engine.claim()
    assert done
    assert running
    engine.succeed(sender.customer, done)
    with engine.scope(sender.customer) as scope:
        pause(scope, sender.jobs(batch_id)[6].id)
    sender.cancel(batch_id)
    states = sender.states(batch_id)
    assert (states[0], states[1], states[8]) == ("succeeded", "canceling", "canceled")
    assert states.count("canceled") == 3
    assert sender.batch(batch_id).canceled_at
    assert continue_cancellations(engine.database) == []
    assert sender.states(batch_id) == ["succeeded", "canceling", *["canceled"] * 7]
    assert end_finished(engine.database) == 0
    with engine.scope(sender.customer) as scope:
        ending.cancel(scope, running)
    assert end_finished(engine.database) == 1
    assert len(sender.messages("job.canceled")) == 8
    resolve_dependencies(engine.database)
    assert sender.states(batch_id)[8] == "canceled"
    check(engine)


def test_upkeep_that_dies_in_between_leaves_the_rest_to_the_next(
    sender: Sender, engine: Engine, small_chunks: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After any chunk; lines are neither canceled twice nor forgotten."""
    batch_id = sender.send(sender.pictures(14))
    sender.cancel(batch_id)
    whole, chunks = canceling.cancel_chunk, iter(range(2))

    def dying(scope: Scope, batch_id: UUID) -> int:
        next(chunks)
        return whole(scope, batch_id)

    monkeypatch.setattr(canceling, "cancel_chunk", dying)
    with pytest.raises(StopIteration):
        continue_cancellations(engine.database)
    assert sender.states(batch_id).count("canceled") == 9
    monkeypatch.setattr(canceling, "cancel_chunk", whole)
    continue_cancellations(engine.database)
    assert set(sender.states(batch_id)) == {"canceled"}
    check(engine)


def test_two_upkeeps_that_cancel_at_once_do_no_harm(sender: Sender, engine: Engine, small_chunks: None) -> None:
    """Each line is canceled by one of them, and told once; so with a client's cancel in between."""
    sender.listen()
    batches = [sender.send(sender.pictures(20)) for _ in range(2)]
    for batch_id in batches:
        sender.cancel(batch_id)
    together([lambda: continue_cancellations(engine.database)] * 3)
    continue_cancellations(engine.database)  # a line that one had locked is another's only if that one broke off
    together([lambda: end_finished(engine.database)] * 3)
    for batch_id in batches:
        assert set(sender.states(batch_id)) == {"canceled"}
    assert len(sender.messages("job.canceled")) == 40
    assert len(sender.messages("batch.ended")) == 2
    check(engine)


def test_workers_that_claim_and_end_meanwhile_agree_with_the_cancel(
    sender: Sender, engine: Engine, small_chunks: None
) -> None:
    """Claims, successes and the cancel at the same time: every line ends once, and the counters are right."""
    engine.sql("UPDATE tenant_loads SET max_running = 99")
    batch_id = sender.send(sender.pictures(30))

    def work() -> None:
        for _ in range(8):
            claim = engine.claim()
            if claim:
                engine.succeed(sender.customer, claim)

    together([work, work, lambda: sender.cancel(batch_id), work])
    while "queued" in sender.states(batch_id):
        continue_cancellations(engine.database)
    assert set(sender.states(batch_id)) <= {"succeeded", "canceled"}
    check(engine)
    assert all(one_end(engine, job.id) for job in sender.jobs(batch_id))


def one_end(engine: Engine, job_id: UUID) -> bool:
    """Whether the job's history has one end, and it is the last."""
    told = engine.event_types(job_id)
    return sum(event in {"succeeded", "canceled"} for event in told) == 1 and told[-1] in {"succeeded", "canceled"}


def test_a_line_that_comes_back_to_the_queue_is_canceled_then(sender: Sender, engine: Engine) -> None:
    """Its row was locked when the cancel came; its worker gave it back; upkeep finds it."""
    batch_id = sender.send(sender.pictures(1))
    claim = engine.claim()
    assert claim
    with engine.scope(sender.customer) as scope:
        scope.session.scalars(select(Job).where(Job.id == claim.job_id).with_for_update()).one()
        sender.cancel(batch_id)
        ending.release(scope, claim)
    assert sender.states(batch_id) == ["queued"]
    continue_cancellations(engine.database)
    assert sender.states(batch_id) == ["canceled"]
    check(engine)


def test_an_ended_batch_is_not_canceled(sender: Sender, engine: Engine) -> None:
    """A batch that was canceled and has ended may be canceled again: nothing happens."""
    finished, canceled = sender.send(sender.pictures(1)), sender.send(sender.pictures(1))
    claim = engine.claim()
    assert claim
    engine.succeed(sender.customer, claim)
    sender.cancel(canceled)
    end_finished(engine.database)
    sender.cancel(canceled)
    with pytest.raises(BatchEnded):
        sender.cancel(finished)
