from uuid import UUID

from service.jobs.commands import pause
from service.jobs.queries import get
from service.jobs.queue_position import QueuePosition, WaitReason, queue_position
from service.jobs.workers import check_in, check_out, delete_dead_workers
from tests.conftest import Customer
from tests.service.jobs.engine import Engine


def position_of(engine: Engine, customer: Customer, job_id: UUID) -> QueuePosition | None:
    """The position that the client reads."""
    with engine.scope(customer) as scope:
        return queue_position(scope, get(scope, job_id), engine.settings)


def work(engine: Engine, *names: str) -> None:
    """Let these slots be alive."""
    engine.sql("DELETE FROM workers")
    with engine.database.engine() as session:
        for name in names:
            check_in(session, name)


def test_the_position_is_the_order_in_which_jobs_are_claimed(engine: Engine, alice: Customer, bob: Customer) -> None:
    """Two tenants, weights 3 and 1, jobs of different lengths: the claims come in the order of the positions."""
    engine.sql("UPDATE tenant_loads SET max_running = 100")
    engine.sql("UPDATE tenant_loads SET weight = 3 WHERE tenant_id = :id", id=alice.id)
    work(engine, "worker")
    jobs = [(alice, engine.accept(alice, estimate=5.0 + i)) for i in range(6)]
    jobs += [(bob, engine.accept(bob, estimate=3.0 + i)) for i in range(6)]
    job_ids: dict[int, UUID] = {}
    for customer, job_id in jobs:
        found = position_of(engine, customer, job_id)
        assert found is not None
        assert found.position is not None
        job_ids[found.position] = job_id
    assert sorted(job_ids) == list(range(1, 13))
    claimed = [claim.job_id for claim in iter(engine.claim, None)]
    assert claimed == [job_ids[position] for position in range(1, 13)]


def test_the_wait_is_the_work_ahead_shared_by_the_living_workers(engine: Engine, alice: Customer) -> None:
    """Two slots, forty seconds ahead: twenty to wait. A slot that has said nothing for long does not count."""
    engine.sql("UPDATE tenant_loads SET max_running = 100")
    for _ in range(4):
        engine.accept(alice, estimate=10.0)
    last = engine.accept(alice, estimate=10.0)
    work(engine, "one", "two", "dead")
    engine.sql("UPDATE workers SET seen_at = now() - interval '1 minute' WHERE name = 'dead'")
    assert position_of(engine, alice, last) == QueuePosition(WaitReason.TURN, 5, 20.0)
    check_out(engine.database, "two")
    assert position_of(engine, alice, last) == QueuePosition(WaitReason.TURN, 5, 40.0)


def test_the_reason_names_what_the_job_waits_for(engine: Engine, alice: Customer) -> None:
    """No worker, the tenant's own cap, a back-off, a pause; and none once it runs."""
    engine.sql("UPDATE tenant_loads SET max_running = 1")
    job_id = engine.accept(alice, kind="fine_tune")
    work(engine)
    assert position_of(engine, alice, job_id) == QueuePosition(WaitReason.WORKER, 1)
    work(engine, "worker")
    assert position_of(engine, alice, job_id) == QueuePosition(WaitReason.TURN, 1, 0.0)
    with engine.scope(alice) as scope:
        pause(scope, job_id)
    assert position_of(engine, alice, job_id) == QueuePosition(WaitReason.PAUSED)
    claim = engine.start_job(alice)
    assert position_of(engine, alice, claim.job_id) is None
    second = engine.accept(alice)
    found = position_of(engine, alice, second)
    assert found is not None
    assert found.reason == WaitReason.CAP
    engine.lose(claim)
    engine.sql("UPDATE jobs SET available_at = now() + interval '30 seconds' WHERE id = :id", id=claim.job_id)
    found = position_of(engine, alice, claim.job_id)
    assert found is not None
    assert found.reason == WaitReason.BACKOFF
    assert found.wait_seconds
    assert 28 < found.wait_seconds <= 30


def test_slots_of_long_ago_are_forgotten(engine: Engine) -> None:
    """The table does not grow with every restart."""
    work(engine, "old", "new")
    engine.sql("UPDATE workers SET seen_at = now() - interval '2 hours' WHERE name = 'old'")
    delete_dead_workers(engine.database)
    with engine.database.engine() as session:
        from service.tables import WorkerRow

        assert [row.name for row in session.query(WorkerRow)] == ["new"]
