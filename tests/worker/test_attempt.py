"""How an attempt ends, whatever its job does: the job is a plain function here, and no base is loaded."""

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import update
from sqlalchemy.exc import OperationalError

from service.infra.database import Scope
from service.jobs import commands, ending
from service.jobs.claim import Claim, claim
from service.jobs.ending import JobResult
from service.tables import Job
from svdiff_core.errors import TrainingDiverged
from tests.worker.conftest import Shop
from worker.engine import attempt as attempts
from worker.engine.attempt import ENDINGS, Attempt
from worker.engine.context import JobContext, Resources
from worker.engine.stop_signal import StopReason
from worker.models.loaded_bases import LoadedBases

DOCUMENT: dict[str, Any] = {"images": []}


def claimed(shop: Shop) -> tuple[Job, Attempt]:
    """A fine-tune, and an attempt at it that has not begun."""
    job = shop.fine_tune()
    taken = claim(shop.database, "a worker", 60.0)
    assert taken is not None
    assert taken.job_id == job.id
    resources = Resources(
        shop.settings, shop.database, shop.store, shop.notifier, LoadedBases(shop.settings, "no device")
    )
    return job, Attempt(taken, resources)


def succeed(_: JobContext) -> JobResult:
    """A job that makes nothing."""
    return JobResult((), DOCUMENT)


def diverge(_: JobContext) -> JobResult:
    """A job whose request is at fault."""
    raise TrainingDiverged(3)


def break_down(_: JobContext) -> JobResult:
    """A job that meets an error of the machine."""
    raise OSError("a disk is full")


def test_every_reason_to_stop_has_its_ending() -> None:
    """No two share one."""
    assert ENDINGS.keys() == set(StopReason)
    assert len(set(ENDINGS.values())) == len(StopReason)


@pytest.mark.parametrize(
    ("do", "state", "code"),
    [(succeed, "succeeded", None), (diverge, "failed", "training_diverged"), (break_down, "queued", None)],
)
def test_what_a_job_does_decides_its_end(
    shop: Shop, do: Callable[[JobContext], JobResult], state: str, code: str | None
) -> None:
    """A result, an error that is final, or one that a later attempt may not meet."""
    job, attempt = claimed(shop)
    attempt.run(do)
    ended = shop.job(job)
    assert (ended.state, (ended.error or {}).get("code")) == (state, code)
    assert ended.result == (DOCUMENT if state == "succeeded" else None)
    cancel(shop, job)


@pytest.mark.parametrize(
    ("requested", "reason", "state"),
    [
        (commands.cancel, StopReason.CANCEL, "canceled"),
        (commands.pause, StopReason.PAUSE, "paused"),
        (None, StopReason.HAND_OVER, "queued"),
        (commands.pause, StopReason.HAND_OVER, "paused"),
        (commands.cancel, StopReason.HAND_OVER, "canceled"),
        (None, StopReason.LOST, "running"),
    ],
)
def test_a_reason_to_stop_decides_the_end_unless_the_row_knows_better(
    shop: Shop, requested: Callable[[Scope, Any], Job] | None, reason: StopReason, state: str
) -> None:
    """A hand-over of what its client paused or canceled meanwhile pauses or cancels it; a lost lease writes nothing."""
    job, attempt = claimed(shop)

    def stop(context: JobContext) -> JobResult:
        if requested is not None:
            with shop.database.tenant(shop.customer.id) as scope:
                requested(scope, job.id)
        attempt.stop_signal.set(reason)
        context.progress.uncounted_step("training")
        raise AssertionError("the step went on")

    attempt.run(stop)
    assert shop.job(job).state == state
    cancel(shop, job)


def test_a_success_that_comes_after_a_cancel_is_a_cancel(shop: Shop) -> None:
    """The cancel was acknowledged while the job was at its last step."""
    job, attempt = claimed(shop)

    def succeed_late(_: JobContext) -> JobResult:
        cancel(shop, job)
        return JobResult((), DOCUMENT)

    attempt.run(succeed_late)
    assert (shop.job(job).state, shop.job(job).result) == ("canceled", None)


class Outage:
    """A database that is away for the first transactions that would end a job."""

    def __init__(self, times: int) -> None:
        self.left = times
        self.meets: Callable[[], None] = lambda: None

    def succeed(self, scope: Scope, claim: Claim, result: JobResult) -> bool:
        """In place of `ending.succeed`."""
        if self.left:
            self.left -= 1
            self.meets()
            raise OperationalError("UPDATE", {}, Exception("the server is away"))
        return SUCCEED(scope, claim, result)


SUCCEED = ending.succeed


def test_an_end_is_committed_again_until_the_database_is_back(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    """The work is not lost to an outage that is shorter than the lease."""
    outage = Outage(3)
    monkeypatch.setattr(ending, "succeed", outage.succeed)
    monkeypatch.setattr(attempts, "COMMIT_RETRY_SECONDS", 0.01)
    job, attempt = claimed(shop)
    attempt.run(succeed)
    assert (shop.job(job).state, outage.left) == ("succeeded", 0)


def test_an_end_is_given_up_once_the_lease_is_lost(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another attempt may have the job by then."""
    outage = Outage(1000)
    monkeypatch.setattr(ending, "succeed", outage.succeed)
    monkeypatch.setattr(attempts, "COMMIT_RETRY_SECONDS", 0.01)
    job, attempt = claimed(shop)
    outage.meets = lambda: attempt.stop_signal.set(StopReason.LOST)
    attempt.run(succeed)
    assert (shop.job(job).state, outage.left) == ("running", 999)
    cancel(shop, job)


def test_an_idle_slot_takes_back_what_lost_its_worker(shop: Shop) -> None:
    """Upkeep is not running; the same slot then does the job."""
    job, _ = claimed(shop)
    with shop.database.engine() as session:
        session.execute(update(Job).where(Job.id == job.id).values(lease_until=Job.created_at))
    patient = Shop(shop.settings.model_copy(update={"retry_seconds": 0.0}), shop.database, shop.customer)
    patient.slot().run_until_idle()
    patient.notifier.close()
    assert (shop.job(job).state, shop.job(job).attempt) == ("succeeded", 2)


def cancel(shop: Shop, job: Job) -> None:
    """Leave no job behind for the slots of other tests."""
    if shop.job(job).ended_at is None:
        with shop.database.tenant(shop.customer.id) as scope:
            commands.cancel(scope, job.id)
