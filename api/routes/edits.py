from fastapi import APIRouter

from api.dependencies.idempotency import Idempotent
from api.dependencies.job_response import InAccepted
from api.dependencies.prefer import JobAnswer
from api.dependencies.scope import TenantScope
from api.openapi import WAITED, problems
from api.schemas.edit import EditBody, requested
from api.schemas.job import Job
from service.jobs import queries
from service.requests import edits

router = APIRouter(prefix="/v1/edits", tags=["edits"])


@router.post("", status_code=202, response_model=Job, responses=WAITED | problems(400, 401, 409, 410, 413, 422, 429))
def create_edit(body: EditBody, scope: TenantScope, once: Idempotent, accepted: InAccepted) -> JobAnswer:
    """Edit one picture by new words for it. Its shift is trained once, and used again by later edits of the picture."""
    row = once(
        body.model_dump(exclude_unset=True),
        make=lambda: edits.submit(scope, requested(body)),
        find=lambda job_id: queries.get(scope, job_id),
    )
    return accepted(row)
