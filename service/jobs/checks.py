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


def tell(scope: Scope, claim: Claim, check: dict[str, Any]) -> JobState:
    """Write a check as the job's next event; the state that the job is to be in. LostLease if it is another's."""
    job = held(scope, claim)
    update_and_tell(scope.session, job, CHECK, check)
    return JobState(job.state)


def told(scope: Scope, job_id: UUID) -> dict[int, dict[str, Any]]:
    """What the job's events tell already, by step; of a step that is told twice the later."""
    query = (
        select(JobEvent.data)
        .where(JobEvent.job_id == job_id, JobEvent.tenant_id == scope.tenant_id, JobEvent.type == CHECK)
        .order_by(JobEvent.seq)
    )
    return {int(data["step"]): data for data in scope.session.scalars(query)}
