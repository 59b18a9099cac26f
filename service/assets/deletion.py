"""The guard of deletions: what an unfinished job needs is not deleted."""

from uuid import UUID

from sqlalchemy import select

from service.enums import TERMINAL
from service.errors import InUse
from service.ids import to_wire
from service.infra.database import Scope
from service.tables import Job, JobInput


def refuse_if_in_use(scope: Scope, input_id: UUID, what: str) -> None:
    """Raise InUse, naming the job, if an unfinished job needs this."""
    query = (
        select(Job.id)
        .join(JobInput, JobInput.job_id == Job.id)
        .where(JobInput.input_id == input_id, Job.tenant_id == scope.tenant_id, Job.state.not_in(TERMINAL))
        .limit(1)
    )
    job_id = scope.session.scalar(query)
    if job_id is not None:
        raise InUse(what, to_wire("job", job_id))
