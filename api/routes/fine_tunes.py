from fastapi import APIRouter

from api.dependencies.idempotency import Idempotent
from api.dependencies.job_response import InAccepted
from api.dependencies.prefer import JobAnswer
from api.dependencies.scope import TenantScope
from api.openapi import WAITED, problems
from api.runtime import RuntimeDep
from api.schemas.fine_tune import FineTuneBody, requested
from api.schemas.job import Job
from service.jobs import queries
from service.requests import fine_tunes
from service.requests.methods import check_allowed
from service.requests.metrics import configured

router = APIRouter(prefix="/v1/fine-tunes", tags=["fine-tunes"])


@router.post("", status_code=202, response_model=Job, responses=WAITED | problems(400, 401, 409, 413, 422, 429))
def create_fine_tune(
    body: FineTuneBody, scope: TenantScope, runtime: RuntimeDep, once: Idempotent, accepted: InAccepted
) -> JobAnswer:
    """Learn a subject from a few pictures of it. The job's result is a shift."""
    check_allowed(body.method, runtime.settings.allowed_methods)
    row = once(
        body.model_dump(by_alias=True, exclude_unset=True),
        make=lambda: fine_tunes.submit(scope, requested(body, configured(runtime.settings))),
        find=lambda job_id: queries.get(scope, job_id),
    )
    return accepted(row)
