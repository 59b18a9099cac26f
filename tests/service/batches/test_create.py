"""From lines to rows: all of them, in their order, or none."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from service import bases
from service.bases import Manifest
from service.batches import create
from service.batches.line_errors import InvalidBatch
from service.batches.lines import CHUNK_LINES, LineShift, ValidLine
from service.errors import EmptyBatch, TooManyLines, TooManyLinesPending
from service.ids import to_wire
from service.jobs.specs import GenerationSpec
from service.tables import Batch, Job, JobDependency, JobInput
from tests.conftest import Customer
from tests.service.batches.sender import Sender, pictures
from tests.service.jobs.engine import Engine


def test_jobs_are_claimed_in_the_order_of_lines(sender: Sender, engine: Engine) -> None:
    """More lines than are written at a time: ids sort as lines do, and so do claims."""
    batch_id = sender.send(sender.pictures(CHUNK_LINES + 3))
    jobs = sender.jobs(batch_id)
    assert [job.line for job in jobs] == list(range(1, CHUNK_LINES + 4))
    assert [job.id for job in jobs] == sorted(job.id for job in jobs)
    engine.sql("UPDATE tenant_loads SET max_running = 9")
    claims = [engine.claim() for _ in range(3)]
    assert [claim and claim.job_id for claim in claims] == [job.id for job in jobs[:3]]
    engine.check_counters()
    engine.check_histories()


def test_a_line_is_the_job_that_its_own_route_would_have_made(sender: Sender, engine: Engine) -> None:
    """A complete spec, ten minutes less urgent, counted apart from single jobs."""
    batch_id = sender.send([pictures(7, sender.base, seed=5, steps=4, n=2)], expires_in=60)
    (job,) = sender.jobs(batch_id)
    spec = GenerationSpec.model_validate(job.spec)
    assert (spec.seed, spec.steps, spec.guidance, spec.width) == (5, 4, 7.5, 64)
    assert (job.line, job.custom_id, job.steps) == (7, "line-7", 4)
    assert job.estimate_seconds == pytest.approx(0.4)
    assert (job.priority, job.urgent_at - job.created_at) == ("batch", timedelta(seconds=600))
    assert job.expires_at
    assert job.expires_at - job.created_at == timedelta(seconds=60)
    assert engine.event_types(job.id) == ["queued"]
    load = engine.load(sender.customer)
    assert (load.pending, load.batch_pending) == (0, 1)


def test_a_generation_waits_for_the_fine_tunes_that_it_names_wherever_they_stand(
    sender: Sender, engine: Engine
) -> None:
    """Before or after it in the file, two of them, one named by two lines."""
    lines: list[ValidLine] = [
        pictures(1, sender.base, "line-2", "line-4"),
        sender.training(2),
        pictures(3, sender.base, "line-2"),
        sender.training(4),
    ]
    both, first, one, second = sender.jobs(sender.send(lines))
    assert [both.state, first.state, one.state, second.state] == ["blocked", "queued", "blocked", "queued"]
    wire = [to_wire("job", job.id) for job in (first, second)]
    assert both.spec["shifts"] == [{"fine_tune": job, "weight": 0.5} for job in wire]
    assert engine.event_types(both.id) == ["blocked"]
    with engine.scope(sender.customer) as scope:
        needs = {(row.job_id, row.needs_id) for row in scope.session.scalars(select(JobDependency))}
        inputs = {row.job_id for row in scope.session.scalars(select(JobInput))}
    assert needs == {(both.id, first.id), (both.id, second.id), (one.id, first.id)}
    assert inputs == {first.id, second.id}
    engine.check_counters()


def test_what_is_trained_on_another_base_does_not_fit(sender: Sender, engine: Engine) -> None:
    """Told before anything is made, at the name of the fine-tune."""
    other = Manifest(fingerprint="svd1-" + "b" * 64, resolution=64)
    bases.register(engine.database, "other", "/nowhere", other)
    with pytest.raises(InvalidBatch) as refused:
        sender.check([sender.training(1), pictures(2, "other", "line-1")])
    (fault,) = refused.value.faults
    assert (fault.line, fault.pointer, fault.code) == (2, "/body/shifts/0/custom_id", "shift_of_another_base")


def test_a_fault_found_late_undoes_what_was_written(sender: Sender, engine: Engine) -> None:
    """The file was right when it was checked; a line in the second chunk is not any more."""
    lines = sender.pictures(CHUNK_LINES + 1)
    survey = sender.check(lines)
    lines[-1] = pictures(CHUNK_LINES + 1, "retired")
    request = create.BatchRequest(None, "0", None)
    with pytest.raises(InvalidBatch) as refused, engine.scope(sender.customer) as scope:
        create.create(scope, request, survey, lambda: iter(lines))
    assert [fault.line for fault in refused.value.faults] == [CHUNK_LINES + 1]
    with engine.database.engine() as session:
        assert not session.scalars(select(Job)).all()
        assert not session.scalars(select(Batch)).all()
    engine.check_counters()


def test_a_tenants_limit_counts_the_lines_of_all_its_batches(sender: Sender, engine: Engine) -> None:
    """A batch fits as a whole or not at all."""
    engine.sql("UPDATE tenant_loads SET max_batch_pending = 5")
    sender.send(sender.pictures(3))
    with pytest.raises(TooManyLinesPending):
        sender.send(sender.pictures(3))
    sender.send(sender.pictures(2))
    engine.check_counters()


def test_a_tenant_that_returns_with_a_batch_starts_level(sender: Sender, engine: Engine, bob: Customer) -> None:
    """Not with the time that it did not use."""
    engine.accept(bob)
    engine.sql("UPDATE tenant_loads SET served_seconds = 100 WHERE tenant_id = :id", id=bob.id)
    sender.send(sender.pictures(1))
    assert engine.load(sender.customer).served_seconds == 100


def test_a_shift_must_be_the_tenants_own(sender: Sender) -> None:
    """What is no id, and what is nobody's, reads the same."""
    lines = [pictures(1, sender.base), pictures(2, sender.base)]
    for number, wire in enumerate(("shf_" + "0" * 26, "nonsense")):
        line = lines[number]
        request = line.request.model_copy(update={"shifts": (LineShift(id=wire),)})
        lines[number] = type(line)(line.number, line.custom_id, request)
    with pytest.raises(InvalidBatch) as refused:
        sender.check(lines)
    assert {(fault.pointer, fault.message) for fault in refused.value.faults} == {
        ("/body/shifts/0/id", "There is no such shift.")
    }


def test_neither_nothing_nor_too_much_is_a_batch(sender: Sender) -> None:
    """The reading ends where the limit is passed."""
    with pytest.raises(EmptyBatch):
        sender.check([])
    with pytest.raises(TooManyLines):
        sender.check(sender.pictures(1001))
