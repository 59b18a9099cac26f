"""Many lines that wait for one fine-tune: unblocked, failed and expired in chunks."""

import pytest

from service.batches.lines import ValidLine
from service.ids import to_wire
from service.jobs import dependencies, ending, maintenance
from service.jobs.dependencies import resolve_dependencies
from service.jobs.errors import DependencyFailed
from tests.service.batches.sender import Sender, pictures
from tests.service.jobs.engine import ERROR, Engine
from tests.service.jobs.test_dependencies import train
from tests.service.jobs.together import together


@pytest.fixture(autouse=True)
def small_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two jobs a transaction."""
    monkeypatch.setattr(dependencies, "BATCH_SIZE", 2)
    monkeypatch.setattr(maintenance, "BATCH_SIZE", 2)


def lines(sender: Sender) -> list[ValidLine]:
    """A fine-tune, and five lines that wait for it."""
    return [sender.training(1), *(pictures(number, sender.base, "line-1") for number in range(2, 7))]


def test_all_are_queued_with_the_shift(sender: Sender, engine: Engine) -> None:
    """By three that look at once; each once, and told so."""
    batch_id = sender.send(lines(sender))
    claim = engine.claim()
    assert claim
    shift = to_wire("shf", train(engine, sender.customer, claim))
    settled = [job_id for found in together([lambda: resolve_dependencies(engine.database)] * 3) for job_id in found]
    settled += resolve_dependencies(engine.database)
    jobs = sender.jobs(batch_id)[1:]
    assert sorted(settled) == [job.id for job in jobs]
    assert [(job.state, job.spec["shifts"]) for job in jobs] == [("queued", [{"id": shift, "weight": 0.5}])] * 5
    assert all(engine.event_types(job.id) == ["blocked", "queued"] for job in jobs)
    engine.check_counters()
    engine.check_histories()


def test_all_are_failed_with_the_fine_tune(sender: Sender, engine: Engine) -> None:
    """Each names it, in its row, in its history and in its message."""
    sender.listen()
    batch_id = sender.send(lines(sender))
    claim = engine.claim()
    assert claim
    with engine.scope(sender.customer) as scope:
        ending.fail(scope, claim, ERROR)
    resolve_dependencies(engine.database)
    trained, *waited = sender.jobs(batch_id)
    error = DependencyFailed(to_wire("job", trained.id)).document()
    assert [(job.state, job.error) for job in waited] == [("failed", error)] * 5
    assert all(engine.events(job.id)[-1].data == {"error": error} for job in waited)
    assert sum(told.payload["data"]["error"] == error for told in sender.messages("job.failed")) == 5
    engine.check_counters()
    engine.check_histories()


def test_all_expire_that_have_not_started_in_time(sender: Sender, engine: Engine) -> None:
    """Blocked ones too; the one that runs goes on."""
    batch_id = sender.send(lines(sender), expires_in=60)
    engine.claim()
    engine.sql("UPDATE jobs SET expires_at = now()")
    assert maintenance.expire(engine.database) == 5
    assert sender.states(batch_id) == ["running", *["expired"] * 5]
    engine.check_counters()
    engine.check_histories()
