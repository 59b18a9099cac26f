"""Fine-tunes: subjects learned from a few pictures."""

from functools import partial

from fastapi import APIRouter

from api.dependencies.prefer import JobResponse
from api.dependencies.submission import Submit
from api.openapi import WAITED, problems
from api.runtime import RuntimeDep
from api.schemas.job import Job
from service.requests import fine_tunes
from service.requests.fine_tunes import FineTuneRequest

router = APIRouter(prefix="/v1/fine-tunes", tags=["fine-tunes"])


@router.post("", status_code=202, response_model=Job, responses=WAITED | problems(400, 401, 409, 413, 422, 429))
def create_fine_tune(body: FineTuneRequest, submit: Submit, runtime: RuntimeDep) -> JobResponse:
    """Learn a subject from a few pictures of it. The result of the job is a shift."""
    return submit(body, partial(fine_tunes.submit, settings=runtime.settings))
