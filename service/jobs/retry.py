"""A fault of the machinery, not of the request: the job goes back with back-off, a bounded number of times."""

from typing import Any

from service.database import Scope
from service.jobs.claim import Claim
from service.jobs.finish import elapsed, fail, held
from service.jobs.lifecycle import move
from service.jobs.states import JobState
from service.jobs.upkeep import give_back
from service.settings import Settings


def retry_or_fail(scope: Scope, claim: Claim, error: dict[str, Any], settings: Settings) -> None:
    """Requeue the job; after the last allowed attempt fail it with this error."""
    job = held(scope, claim)
    if claim.attempt >= settings.attempts or job.state == JobState.CANCELING:
        fail(scope, claim, error)
        return
    served = elapsed(scope.session, job) - claim.estimate_seconds
    if job.state == JobState.PAUSING:
        move(scope.session, job, JobState.PAUSED, data={"reason": error["code"]}, served=served)
    else:
        give_back(scope.session, job, error["code"], served, settings)
