import pytest

from service.enums import JobState
from service.errors import NotFound
from service.ids import new_id
from service.jobs.attempt import record_progress
from service.jobs.queries import get, list_events_after, list_page
from tests.conftest import Customer
from tests.service.jobs.engine import Engine


def test_a_job_is_found_by_its_tenant_alone(engine: Engine, alice: Customer, bob: Customer) -> None:
    """Unknown, malformed and another's are the same answer."""
    job_id = engine.accept(alice)
    with engine.scope(alice) as scope:
        assert get(scope, job_id).id == job_id
        for other in (new_id(), None):
            with pytest.raises(NotFound):
                get(scope, other)
    with pytest.raises(NotFound), engine.scope(bob) as scope:
        get(scope, job_id)


def test_the_list_is_newest_first_and_can_be_narrowed(engine: Engine, alice: Customer, bob: Customer) -> None:
    """By status and by kind."""
    running = engine.start_job(alice).job_id
    waiting = engine.accept(alice)
    engine.accept(bob)
    with engine.scope(alice) as scope:
        assert [job.id for job in list_page(scope, limit=10, after=None).rows] == [waiting, running]
        assert [job.id for job in list_page(scope, limit=10, after=None, status=JobState.RUNNING).rows] == [running]
        assert list_page(scope, limit=10, after=None, kind="fine_tune").rows == ()
        assert len(list_page(scope, limit=10, after=None, kind="generation").rows) == 2


def test_events_are_replayed_from_where_each_watcher_is(engine: Engine, alice: Customer, bob: Customer) -> None:
    """Many jobs of many tenants in one query, each in order, nothing twice."""
    first, second, third = engine.start_job(alice), engine.start_job(bob), engine.accept(alice)
    with engine.scope(alice) as scope:
        record_progress(scope, first, phase="sampling", step=1, steps=2, data={})
    with engine.database.engine() as session:
        assert list_events_after(session, {}) == []
        found = list_events_after(session, {first.job_id: 1, second.job_id: 0, third: 1})
    seen = [(event.job_id, event.seq, event.type) for event in found]
    assert sorted(seen, key=lambda entry: (entry[0], entry[1])) == seen
    assert set(seen) == {
        (first.job_id, 2, "running"),
        (first.job_id, 3, "progress"),
        (second.job_id, 1, "queued"),
        (second.job_id, 2, "running"),
    }
