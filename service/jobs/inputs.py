"""What unfinished jobs need, so that nobody deletes it under them."""

from collections.abc import Iterable
from uuid import UUID

from sqlalchemy import select

from service.database import Scope
from service.errors import InUse
from service.ids import to_wire
from service.jobs.states import TERMINAL
from service.tables import Job, JobInput


def link(scope: Scope, job_id: UUID, input_ids: Iterable[UUID]) -> None:
    """Note that the job needs these images and shifts."""
    for input_id in set(input_ids):
        scope.session.add(JobInput(job_id=job_id, input_id=input_id, tenant_id=scope.tenant_id))
    scope.session.flush()


def refuse_if_needed(scope: Scope, input_id: UUID, what: str) -> None:
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
