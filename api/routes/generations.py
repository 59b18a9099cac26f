from fastapi import APIRouter

from api.dependencies.idempotency import Idempotent
from api.dependencies.job_response import InAccepted
from api.dependencies.prefer import JobAnswer
from api.dependencies.scope import TenantScope
from api.openapi import WAITED, problems
from api.schemas.generation import GenerationBody, requested
from api.schemas.job import Job
from service.jobs import queries
from service.requests import generations

router = APIRouter(prefix="/v1/generations", tags=["generations"])


@router.post("", status_code=202, response_model=Job, responses=WAITED | problems(400, 401, 409, 410, 413, 422, 429))
def create_generation(body: GenerationBody, scope: TenantScope, once: Idempotent, accepted: InAccepted) -> JobAnswer:
    """Make pictures of a prompt, with shifts or without. The job's result has links to them."""
    row = once(
        body.model_dump(exclude_unset=True),
        make=lambda: generations.submit(scope, requested(body)),
        find=lambda job_id: queries.get(scope, job_id),
    )
    return accepted(row)
