import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

from service.enums import Priority
from service.infra.locks import AdvisoryLock, lock
from service.jobs.transitions import lock_job
from tests.conftest import Customer, new_customer
from tests.service.jobs.engine import COLD, WARM, Engine


def age(engine: Engine, job_id: object, seconds: float) -> None:
    """Let the job have been accepted that long ago."""
    engine.sql(
        "UPDATE jobs SET urgent_at = urgent_at + (now() - created_at) - make_interval(secs => :seconds) WHERE id = :id",
        seconds=seconds,
        id=job_id,
    )


def uncap(engine: Engine) -> None:
    """Let every tenant run as much as it likes."""
    engine.sql("UPDATE tenant_loads SET max_running = 1000")


def test_a_claim_is_a_lease_on_the_databases_clock(engine: Engine, alice: Customer) -> None:
    """The row names attempt, token, worker and the end of the lease; the tenant is charged the estimate."""
    job_id = engine.accept(alice, estimate=12.5)
    claimed = engine.claim("worker-7", lease=20.0)
    assert claimed is not None
    job = engine.job(job_id)
    assert (claimed.job_id, claimed.tenant_id, claimed.attempt, claimed.spec) == (
        job_id,
        alice.id,
        1,
        {"fingerprint": COLD, "prompt": "a dog"},
    )
    assert (job.state, job.attempt, job.token, job.worker, job.phase) == (
        "running",
        1,
        claimed.token,
        "worker-7",
        "loading",
    )
    assert job.lease_until is not None
    assert job.claimed_at is not None
    assert abs(job.lease_until - job.claimed_at - timedelta(seconds=20)) < timedelta(seconds=0.1)
    assert (engine.load(alice).running, engine.load(alice).pending) == (1, 0)
    assert engine.load(alice).served_seconds == 12.5
    assert [(event.type, event.data) for event in engine.events(job_id)] == [
        ("queued", {}),
        ("running", {"attempt": 1}),
    ]


def test_nothing_is_claimed_where_nothing_waits(engine: Engine, alice: Customer) -> None:
    """An empty queue is no error."""
    assert engine.claim() is None


def test_tokens_grow(engine: Engine, alice: Customer) -> None:
    """A later claim has the greater token."""
    uncap(engine)
    tokens = [engine.start_job(alice).token for _ in range(5)]
    assert tokens == sorted(set(tokens))


def test_a_lease_is_counted_from_the_claim_and_not_from_the_wait_for_a_lock(engine: Engine, alice: Customer) -> None:
    """A claim that waited as long as its lease would otherwise be reaped as it begins."""
    job_id = engine.accept(alice)
    with ThreadPoolExecutor(1) as pool, engine.database.engine() as session:
        lock(session, AdvisoryLock.CLAIM)
        waiting = pool.submit(engine.claim, "worker", lease=0.2)
        time.sleep(0.3)
        session.commit()
        assert waiting.result(10) is not None
    job = engine.job(job_id)
    assert job.lease_until is not None
    assert job.claimed_at is not None
    assert timedelta(seconds=0.19) < job.lease_until - job.claimed_at < timedelta(seconds=0.3)


def test_the_tenant_with_the_least_served_time_for_its_weight_goes_first(
    engine: Engine, alice: Customer, bob: Customer
) -> None:
    """30 s at weight 3 is less than 20 s at weight 1."""
    for customer in (bob, alice):
        engine.accept(customer)
    engine.sql("UPDATE tenant_loads SET served_seconds = 30, weight = 3 WHERE tenant_id = :id", id=alice.id)
    engine.sql("UPDATE tenant_loads SET served_seconds = 20, weight = 1 WHERE tenant_id = :id", id=bob.id)
    claims = [engine.claim(), engine.claim()]
    assert [one and one.tenant_id for one in claims] == [alice.id, bob.id]


def test_a_long_queue_of_one_tenant_does_not_keep_another_waiting(
    engine: Engine, alice: Customer, bob: Customer
) -> None:
    """Bob asks after twenty jobs of Alice's, starts level with her, and is served before her third."""
    uncap(engine)
    for _ in range(20):
        engine.accept(alice)
    engine.claim()
    engine.accept(bob)
    claims = [engine.claim(), engine.claim()]
    assert {one.tenant_id for one in claims if one} == {alice.id, bob.id}


def test_device_time_is_shared_by_weight(engine: Engine, alice: Customer, bob: Customer) -> None:
    """With equal estimates and the weights 3 and 1, twelve claims are nine and three."""
    uncap(engine)
    engine.sql("UPDATE tenant_loads SET weight = 3 WHERE tenant_id = :id", id=alice.id)
    for customer in (alice, bob):
        for _ in range(12):
            engine.accept(customer)
    claims = [engine.claim() for _ in range(12)]
    assert sum(one is not None and one.tenant_id == alice.id for one in claims) == 9


def test_a_tenant_at_its_cap_does_not_block_the_others(engine: Engine, alice: Customer, bob: Customer) -> None:
    """Alice is the fairest and may run no more; Bob's job is claimed."""
    engine.sql("UPDATE tenant_loads SET max_running = 1")
    engine.start_job(alice)
    engine.sql("UPDATE tenant_loads SET served_seconds = 0")
    engine.accept(alice)
    engine.accept(bob)
    engine.sql("UPDATE tenant_loads SET served_seconds = 999 WHERE tenant_id = :id", id=bob.id)
    claimed = engine.claim()
    assert claimed is not None
    assert claimed.tenant_id == bob.id
    assert engine.claim() is None


def test_a_job_is_not_claimed_before_it_is_available(engine: Engine, alice: Customer) -> None:
    """Back-off is a time before which nobody looks at the job."""
    job_id = engine.accept(alice)
    engine.sql("UPDATE jobs SET available_at = now() + interval '1 hour'")
    assert engine.claim() is None
    engine.make_due()
    claimed = engine.claim()
    assert claimed is not None
    assert claimed.job_id == job_id


def test_of_one_class_the_oldest_goes_first(engine: Engine, alice: Customer) -> None:
    """First come, first served."""
    uncap(engine)
    jobs = [engine.accept(alice) for _ in range(4)]
    for place, job_id in enumerate(jobs):
        age(engine, job_id, 10.0 * (place + 1))
    claims = [engine.claim() for _ in jobs]
    assert [one and one.job_id for one in claims] == jobs[::-1]


def test_a_handicap_is_overcome_by_age(engine: Engine, alice: Customer) -> None:
    """A training with 60 s of handicap lets pictures pass that came within the minute, and no later ones."""
    uncap(engine)
    training, sooner, later = (
        engine.accept(alice, priority=priority)
        for priority in (Priority.TRAINING, Priority.INTERACTIVE, Priority.INTERACTIVE)
    )
    age(engine, training, 100.0)
    age(engine, sooner, 41.0)
    age(engine, later, 39.0)
    claims = [engine.claim() for _ in range(3)]
    assert [one and one.job_id for one in claims] == [sooner, training, later]


def test_a_warm_base_overtakes_by_seconds_only(engine: Engine, alice: Customer) -> None:
    """Five seconds of bonus: a cold job that waits longer still goes first."""
    uncap(engine)
    cold, warm, old = (engine.accept(alice, fingerprint=base) for base in (COLD, WARM, COLD))
    age(engine, cold, 3.0)
    age(engine, warm, 1.0)
    age(engine, old, 8.0)
    claims = [engine.claim(warm=(WARM,)) for _ in range(3)]
    assert [one and one.job_id for one in claims] == [old, warm, cold]


def test_a_job_that_somebody_holds_is_passed_over(engine: Engine, alice: Customer) -> None:
    """A cancel that has the oldest job's row locked does not make the claim wait."""
    held, free = engine.accept(alice), engine.accept(alice)
    age(engine, held, 100.0)
    with engine.scope(alice) as scope:
        assert lock_job(scope.session, held) is not None
        claimed = engine.claim()
    assert claimed is not None
    assert claimed.job_id == free


def test_a_tenant_whose_only_job_is_held_does_not_block_the_others(
    engine: Engine, alice: Customer, bob: Customer
) -> None:
    """Alice is the fairest, her one job is being canceled just now; Bob's is claimed."""
    held, free = engine.accept(alice), engine.accept(bob)
    engine.sql("UPDATE tenant_loads SET served_seconds = 99 WHERE tenant_id = :id", id=bob.id)
    with engine.scope(alice) as scope:
        assert lock_job(scope.session, held) is not None
        claimed = engine.claim()
    assert claimed is not None
    assert claimed.job_id == free


def test_a_worker_takes_jobs_of_every_tenant(engine: Engine, alice: Customer, bob: Customer) -> None:
    """The engine's role sees all tenants' queues."""
    carol = new_customer(engine.database, engine.settings)
    for customer in (alice, bob, carol):
        engine.accept(customer)
    claims = [engine.claim() for _ in range(3)]
    assert {one.tenant_id for one in claims if one} == {alice.id, bob.id, carol.id}
