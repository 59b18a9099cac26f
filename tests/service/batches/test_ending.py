"""A batch ends once, when all of its lines have."""

from service.batches.ending import end_finished
from service.ids import to_wire
from service.jobs import ending, maintenance
from service.jobs.commands import cancel
from service.jobs.dependencies import resolve_dependencies
from tests.service.batches.sender import Sender, pictures
from tests.service.jobs.engine import ERROR, Engine
from tests.service.jobs.together import together


def test_a_batch_ends_when_its_last_line_does(sender: Sender, engine: Engine) -> None:
    """However each ends; others that are under way are left alone; the message counts the ends."""
    sender.listen()
    engine.sql("UPDATE tenant_loads SET max_running = 9")
    lines = [sender.training(1), pictures(2, sender.base, "line-1"), *sender.pictures(6)[2:5]]
    batch_id, other = sender.send(lines, expires_in=60), sender.send(sender.pictures(1))
    failed, succeeded = engine.claim(), engine.claim()
    assert failed
    assert succeeded
    with engine.scope(sender.customer) as scope:
        ending.fail(scope, failed, ERROR)
        cancel(scope, sender.jobs(batch_id)[3].id)
    engine.succeed(sender.customer, succeeded)
    resolve_dependencies(engine.database)
    assert end_finished(engine.database) == 0
    engine.sql("UPDATE jobs SET expires_at = now() WHERE line = 5")
    assert maintenance.expire(engine.database) == 1
    assert end_finished(engine.database) == 1
    assert sender.states(batch_id) == ["failed", "failed", "succeeded", "canceled", "expired"]
    (message,) = sender.messages("batch.ended")
    data = message.payload["data"]
    assert (data["id"], data["status"], data["lines"]) == (to_wire("bat", batch_id), "ended", 5)
    assert {state: n for state, n in data["counts"].items() if n} == {
        "failed": 2,
        "succeeded": 1,
        "canceled": 1,
        "expired": 1,
    }
    assert data["ended_at"]
    assert sender.batch(other).ended_at is None


def test_two_that_end_a_batch_at_once_tell_it_once(sender: Sender, engine: Engine) -> None:
    """Several rounds of four, each with several batches."""
    sender.listen()
    for _ in range(4):
        batches = [sender.send(sender.pictures(2)) for _ in range(3)]
        for batch_id in batches:
            sender.cancel(batch_id)
        ended = together([lambda: end_finished(engine.database)] * 4)
        assert sum(ended) + end_finished(engine.database) == 3
    assert len(sender.messages("batch.ended")) == 12
    assert len({message.batch_id for message in sender.messages("batch.ended")}) == 12
