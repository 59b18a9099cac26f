"""Pictures of prompts."""

from fastapi import APIRouter

from api.dependencies.prefer import JobResponse
from api.dependencies.submission import Submit
from api.openapi import WAITED, problems
from api.schemas.job import Job
from service.requests import generations
from service.requests.generations import GenerationRequest

router = APIRouter(prefix="/v1/generations", tags=["generations"])


@router.post("", status_code=202, response_model=Job, responses=WAITED | problems(400, 401, 409, 410, 413, 422, 429))
def create_generation(body: GenerationRequest, submit: Submit) -> JobResponse:
    """Generate pictures from a prompt, with or without shifts. The result of the job has links to them."""
    return submit(body, generations.submit)
