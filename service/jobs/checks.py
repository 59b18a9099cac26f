"""What a training measures on its way, as events of its job: the curve by which it is ended early."""

from typing import Any
from uuid import UUID

from sqlalchemy import select

from service.database import Scope
from service.jobs.claim import Claim
from service.jobs.finish import held
from service.jobs.lifecycle import update_and_tell
from service.jobs.states import JobState
from service.tables import JobEvent

CHECK = "check"  # the type of such an event


def tell(scope: Scope, claim: Claim, told: dict[str, Any]) -> JobState:
    """Write a check as the job's next event; the state that the job is to be in. LostLease if it is another's."""
    job = held(scope, claim)
    update_and_tell(scope.session, job, CHECK, told)
    return JobState(job.state)


def steps_told(scope: Scope, job_id: UUID) -> set[int]:
    """The steps of which the job's events tell already."""
    query = select(JobEvent.data).where(
        JobEvent.job_id == job_id, JobEvent.tenant_id == scope.tenant_id, JobEvent.type == CHECK
    )
    return {int(data["step"]) for data in scope.session.scalars(query)}
