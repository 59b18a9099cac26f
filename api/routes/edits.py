"""Edits of pictures."""

from fastapi import APIRouter

from api.dependencies.prefer import JobResponse
from api.dependencies.submission import Submit
from api.openapi import WAITED, problems
from api.schemas.job import Job
from service.requests import edits
from service.requests.edits import EditRequest

router = APIRouter(prefix="/v1/edits", tags=["edits"])


@router.post("", status_code=202, response_model=Job, responses=WAITED | problems(400, 401, 409, 410, 413, 422, 429))
def create_edit(body: EditRequest, submit: Submit) -> JobResponse:
    """Edit one picture with new prompts. Its shift is trained once; later edits of the picture reuse it."""
    return submit(body, edits.submit)
