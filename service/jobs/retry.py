"""A fault of the machinery, not of the request: the job goes back with back-off, a bounded number of times."""

from typing import Any

from service.database import Scope
from service.jobs.claim import Claim
from service.jobs.finish import elapsed, fail, held
from service.jobs.lifecycle import requeue
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
    served = elapsed(scope.session, job) - claim.estimate_seconds
    told = {"reason": error["code"], "retry_in": wait}
    requeue(scope.session, job, event="requeued", served=served, wait=wait, data=told)
