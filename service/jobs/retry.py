"""A fault of the machinery, not of the request: the job goes back with back-off, a bounded number of times."""

from datetime import timedelta
from typing import Any

from sqlalchemy import func

from service.database import Scope
from service.jobs.claim import Claim
from service.jobs.finish import elapsed, fail, held
from service.jobs.lifecycle import move
from service.jobs.states import JobState
from service.jobs.upkeep import backoff
from service.settings import Settings


def retry_or_fail(scope: Scope, claim: Claim, error: dict[str, Any], settings: Settings) -> None:
    """Requeue the job; after the last allowed attempt fail it with this error."""
    job = held(scope, claim)
    if claim.attempt >= settings.attempts or job.state != JobState.RUNNING:
        fail(scope, claim, error)
        return
    wait = backoff(claim.attempt, settings)
    move(
        scope.session,
        job,
        JobState.QUEUED,
        event="requeued",
        data={"reason": error["code"], "retry_in": wait},
        served=elapsed(scope.session, job) - claim.estimate_seconds,
        available_at=func.now() + timedelta(seconds=wait),
        phase=None,
    )
