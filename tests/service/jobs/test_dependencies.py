from uuid import UUID

from service.assets import shifts
from service.assets.shifts import NewShift
from service.enums import JobState
from service.ids import new_id, to_wire
from service.jobs import ending
from service.jobs.claim import Claim
from service.jobs.commands import cancel
from service.jobs.dependencies import resolve_dependencies
from service.jobs.ending import JobResult
from service.tables import Artifact, Job, JobDependency, JobInput
from tests.conftest import Customer
from tests.service.jobs.engine import ERROR, Engine
from tests.service.jobs.together import together


def block(engine: Engine, customer: Customer, *needs: UUID) -> UUID:
    """A generation that waits for the shifts of these fine-tunes."""
    named = [{"fine_tune": to_wire("job", need), "weight": 1.0} for need in needs]
    job_id = engine.accept(customer)
    with engine.scope(customer) as scope:
        job = scope.session.get_one(Job, job_id)
        job.state, job.spec = "blocked", {"shifts": named}
        scope.session.add_all(JobDependency(job_id=job_id, needs_id=need, tenant_id=customer.id) for need in needs)
    return job_id


def train(engine: Engine, customer: Customer, claim: Claim) -> UUID:
    """The fine-tune succeeds; its shift's id."""
    stored, shift_id = engine.stored_object(claim, "shift"), new_id()
    with engine.scope(customer) as scope:
        shift = NewShift(shift_id, stored.id, name="n", base_name="b", fingerprint="f", words={})
        ending.succeed(scope, claim, JobResult([stored], {"shift": {"id": to_wire("shf", shift_id)}}, shift))
    return shift_id


def test_a_job_is_queued_with_its_shifts_once_all_of_them_are_trained(engine: Engine, alice: Customer) -> None:
    """Two fine-tunes: after the first it still waits; after the second its spec names both shifts, and keeps them."""
    first, second = engine.start_job(alice, kind="fine_tune"), engine.start_job(alice, kind="fine_tune")
    waiting = block(engine, alice, first.job_id, second.job_id)
    one = train(engine, alice, first)
    assert resolve_dependencies(engine.database) == []
    two = train(engine, alice, second)
    assert together([lambda: resolve_dependencies(engine.database)] * 2) in ([[waiting], []], [[], [waiting]])
    job = engine.job(waiting)
    assert job.state == JobState.QUEUED
    assert job.spec["shifts"] == [{"id": to_wire("shf", made), "weight": 1.0} for made in (one, two)]
    with engine.scope(alice) as scope:
        assert {row.input_id for row in scope.session.query(JobInput).filter_by(job_id=waiting)} == {one, two}
        assert scope.session.query(JobDependency).count() == 0
    assert engine.event_types(waiting) == ["queued", "queued"]
    engine.check_counters()


def test_a_failed_dependency_fails_its_dependents(engine: Engine, alice: Customer) -> None:
    """At once, though another need still runs; the error names the job."""
    engine.sql("UPDATE tenant_loads SET max_running = 9")
    bad, still = engine.start_job(alice, kind="fine_tune"), engine.start_job(alice, kind="fine_tune")
    waiting = block(engine, alice, bad.job_id, still.job_id)
    with engine.scope(alice) as scope:
        ending.fail(scope, bad, ERROR)
    assert resolve_dependencies(engine.database) == [waiting]
    job = engine.job(waiting)
    assert (job.state, job.error and job.error["code"]) == ("failed", "dependency_failed")
    assert job.error
    assert job.error["job"] == to_wire("job", bad.job_id)
    engine.check_counters()


def test_a_shift_that_was_deleted_meanwhile_fails_what_waited_for_it(engine: Engine, alice: Customer) -> None:
    """The time between the training's end and the unblocking belongs to nobody."""
    claim = engine.start_job(alice, kind="fine_tune")
    waiting = block(engine, alice, claim.job_id)
    shift_id = train(engine, alice, claim)
    with engine.scope(alice) as scope:
        shifts.delete(scope, shift_id)
    resolve_dependencies(engine.database)
    assert engine.state(waiting) == JobState.FAILED


def test_a_canceled_dependent_stays_canceled(engine: Engine, alice: Customer) -> None:
    """Its needs are forgotten, and it is not queued again."""
    claim = engine.start_job(alice, kind="fine_tune")
    waiting = block(engine, alice, claim.job_id)
    with engine.scope(alice) as scope:
        cancel(scope, waiting)
    train(engine, alice, claim)
    resolve_dependencies(engine.database)
    assert engine.state(waiting) == JobState.CANCELED
    assert engine.artifact_count(alice, claim.job_id) == 1
    with engine.scope(alice) as scope:
        assert scope.session.query(JobDependency).count() == 0
        assert scope.session.query(Artifact).count() == 1
