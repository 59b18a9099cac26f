from collections import Counter

from sqlalchemy import select

from service.enums import JobState
from service.jobs.claim import Claim
from service.jobs.commands import cancel
from service.tables import TenantLoad
from tests.conftest import Customer, new_customer
from tests.service.jobs.engine import Engine
from tests.service.jobs.together import together


def test_eight_claimers_never_pass_a_cap_and_never_take_a_job_twice(
    engine: Engine, alice: Customer, bob: Customer
) -> None:
    """Three tenants with ten jobs each and the caps 1, 2 and 3: exactly six claims, on six jobs."""
    carol = new_customer(engine.database, engine.settings)
    caps = {alice.id: 1, bob.id: 2, carol.id: 3}
    for customer in (alice, bob, carol):
        for _ in range(10):
            engine.accept(customer)
        engine.sql(
            "UPDATE tenant_loads SET max_running = :cap WHERE tenant_id = :id", cap=caps[customer.id], id=customer.id
        )

    def look() -> list[Claim]:
        claims = [engine.claim() for _ in range(4)]
        return [claim for claim in claims if claim]

    claims = [claim for found in together([look] * 8) for claim in found]
    assert Counter(claim.tenant_id for claim in claims) == caps
    assert len({claim.job_id for claim in claims}) == len({claim.token for claim in claims}) == 6
    engine.check_counters()
    engine.check_histories()


def test_claims_at_the_same_time_are_as_fair_as_one_after_another(
    engine: Engine, alice: Customer, bob: Customer
) -> None:
    """Two tenants level with each other, six claimers at once: three jobs of each."""
    engine.sql("UPDATE tenant_loads SET max_running = 10")
    for customer in (alice, bob):
        for _ in range(6):
            engine.accept(customer, estimate=100.0)
    claims = together([engine.claim] * 6)
    assert Counter(claim.tenant_id for claim in claims if claim) == {alice.id: 3, bob.id: 3}


def test_one_job_has_one_claimer(engine: Engine, alice: Customer) -> None:
    """Eight see it, one gets it."""
    engine.accept(alice)
    assert sum(claim is not None for claim in together([engine.claim] * 8)) == 1


def test_a_cancel_and_a_claim_at_the_same_time_leave_no_job_between_states(engine: Engine, alice: Customer) -> None:
    """Either the job never ran, or it runs and is told to stop."""
    engine.sql("UPDATE tenant_loads SET max_running = 100")

    for _ in range(10):
        job_id = engine.accept(alice)

        def stop() -> None:
            with engine.scope(alice) as scope:
                cancel(scope, job_id)  # noqa: B023 — called within this turn of the loop

        def look() -> None:
            engine.claim()

        together([stop, look])
        events = engine.event_types(job_id)
        if engine.state(job_id) == JobState.CANCELED:
            assert events == ["queued", "canceled"]
        else:
            assert engine.state(job_id) == JobState.CANCELING
            assert events == ["queued", "running", "canceling"]
    engine.check_counters()


def test_a_tenant_whose_row_somebody_froze_with_delays_no_other(engine: Engine, alice: Customer, bob: Customer) -> None:
    """A client that stopped in the middle of a transaction holds Alice's counters; Bob's job is claimed meanwhile."""
    engine.accept(alice)
    wanted = engine.accept(bob)
    engine.sql("UPDATE tenant_loads SET served_seconds = 99 WHERE tenant_id = :id", id=bob.id)
    with engine.scope(alice) as scope:
        scope.session.scalars(select(TenantLoad).where(TenantLoad.tenant_id == alice.id).with_for_update()).one()
        claim = engine.claim()
    assert claim is not None
    assert claim.job_id == wanted
    assert engine.claim() is not None


def test_a_claimer_that_froze_before_it_read_the_answer_holds_no_lock(engine: Engine, alice: Customer) -> None:
    """The statement has committed by the time its answer is on the way."""
    engine.sql("UPDATE tenant_loads SET max_running = 9")
    for _ in range(2):
        engine.accept(alice)
    with engine.database.engine_statement() as frozen:
        cursor = frozen.execution_options(stream_results=False).exec_driver_sql(
            "SELECT job_id FROM claim_job('frozen', 60, '{}')"
        )
        assert engine.claim() is not None
        assert cursor.one() is not None
