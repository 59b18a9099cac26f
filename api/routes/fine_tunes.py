from fastapi import APIRouter

from api.answers import InAccepted
from api.idempotent import InOnce
from api.openapi import WAITED, problems
from api.prefer import JobAnswer
from api.runtime import InRuntime
from api.schemas.fine_tune import FineTuneBody, requested
from api.schemas.job import Job
from api.scope import InScope
from service import fine_tunes
from service.jobs import queries
from service.methods import check_allowed
from service.metrics import configured

router = APIRouter(prefix="/v1/fine-tunes", tags=["fine-tunes"])


@router.post("", status_code=202, response_model=Job, responses=WAITED | problems(400, 401, 409, 413, 422, 429))
def create_fine_tune(
    body: FineTuneBody, scope: InScope, runtime: InRuntime, once: InOnce, accepted: InAccepted
) -> JobAnswer:
    """Learn a subject from a few pictures of it. The job's result is a shift."""
    check_allowed(body.method, runtime.settings.methods)
    row = once(
        body.model_dump(by_alias=True, exclude_unset=True),
        make=lambda: fine_tunes.submit(scope, requested(body, configured(runtime.settings))),
        find=lambda job_id: queries.get(scope, job_id),
    )
    return accepted(row)
