"""The auditor can fail: a guard of the engine is taken away on purpose, and what then goes wrong is found."""

from typing import Any

import pytest
from sqlalchemy import update
from sqlalchemy.orm import Session

from service.enums import JobState
from service.jobs import attempt, transitions
from service.jobs.transitions import LostLease
from service.tables import Job
from service.webhooks import outbox
from tests.chaos.audit.small_run import RECIPE, SmallRun


def test_a_shift_that_differs_from_its_twins_is_found(run: SmallRun) -> None:
    """By one bit of one number."""
    for twin, fill in ((False, 1.0), (True, 1.0000001)):
        run.ask("fine_tune", recipe=RECIPE, **({"twin": True} if twin else {}))
        assert run.succeed(run.claim(), fill)
    run.tell()
    assert run.rules_broken() == {"twin_differs"}


def test_a_fine_tune_without_a_twin_is_found(run: SmallRun) -> None:
    """Nothing would be proven of it."""
    run.ask("fine_tune", recipe=RECIPE)
    assert run.succeed(run.claim())
    run.tell()
    assert run.rules_broken() == {"twin_missing"}


def late_result(run: SmallRun) -> None:
    """A worker freezes with its result uploaded, another takes the job over, and the first one wakes and finishes."""
    run.ask()
    frozen = run.claim()
    uploaded = run.uploaded(frozen)
    run.lose(frozen)
    second = run.claim()
    try:
        run.finish(frozen, uploaded)
    except LostLease:
        assert run.succeed(second)
    run.tell()
    run.collect_orphans()


def test_with_its_token_check_the_engine_survives_a_late_result(run: SmallRun) -> None:
    """The counterpart of the next test: the guard is what makes the difference."""
    late_result(run)
    assert run.rules_broken() == set()


def test_without_the_token_check_a_late_result_lands_and_is_found(
    run: SmallRun, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The guard is broken on purpose: the stale worker's result becomes the job's."""
    lock = transitions.lock_job
    monkeypatch.setattr(attempt, "lock_job", lambda session, job_id, _token: lock(session, job_id))
    late_result(run)
    assert run.rules_broken() == {"stale_artifact"}


def test_without_the_guard_of_states_a_job_ends_and_is_billed_twice(
    run: SmallRun, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No token, no table of moves, no key of the bills: two workers finish one job."""
    lock = transitions.lock_job
    monkeypatch.setattr(attempt, "lock_job", lambda session, job_id, _token: lock(session, job_id))
    monkeypatch.setattr(attempt, "LEASED", frozenset({"running", "succeeded"}))
    monkeypatch.setattr(transitions, "ALLOWED", dict.fromkeys(("running", "succeeded"), frozenset(JobState)))
    with run.owner() as owner:
        owner.execute("ALTER TABLE usage DROP CONSTRAINT usage_pkey")
    run.ask()
    claimed = run.claim()
    assert run.succeed(claimed)
    assert run.succeed(claimed)
    run.tell()
    found = run.rules_broken()
    assert {"usage_doubled", "terminal_events", "webhook_doubled", "result_without_artifact"} <= found


def test_without_the_outbox_an_end_that_is_not_told_is_found(run: SmallRun, monkeypatch: pytest.MonkeyPatch) -> None:
    """The end and its webhook are one transaction; without that, there is no row at all."""
    monkeypatch.setattr(outbox, "notify_job_ended", lambda _session, _job: None)
    run.ask()
    assert run.succeed(run.claim())
    run.tell()
    assert run.rules_broken() == {"webhook_untold"}


def test_without_the_counts_a_wrong_load_is_found(run: SmallRun, monkeypatch: pytest.MonkeyPatch) -> None:
    """Jobs end, and the tenant's row does not know."""
    monkeypatch.setattr(transitions, "count_move", lambda _session, _job, _target, _served: None)
    run.ask()
    assert run.succeed(run.claim())
    run.tell()
    assert run.rules_broken() == {"counters"}


def test_an_event_that_is_numbered_and_not_written_is_found(run: SmallRun, monkeypatch: pytest.MonkeyPatch) -> None:
    """The number comes from the row and the event from elsewhere: then one can be lost."""
    tell = transitions.update_with_event

    def told_in_part(session: Session, job: Job, event: str, data: dict[str, Any], **values: Any) -> None:
        if event != "requeued":
            tell(session, job, event, data, **values)
            return
        session.execute(update(Job).where(Job.id == job.id).values(event_seq=Job.event_seq + 1, **values))
        session.refresh(job)

    monkeypatch.setattr(transitions, "update_with_event", told_in_part)
    run.ask()
    run.lose(run.claim())
    assert run.succeed(run.claim())
    run.tell()
    assert run.rules_broken() == {"event_gap"}
