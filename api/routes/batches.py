from typing import Annotated, Any

from fastapi import APIRouter, Query, Response

from api.dependencies.batch_upload import MEDIA_TYPES, BatchUploaded, show_batch
from api.dependencies.idempotency import Idempotent
from api.dependencies.parameters import AfterBatch, BatchId, Limit
from api.dependencies.scope import TenantScope
from api.openapi import ACCEPTED, LINES, SENTENCES, problems
from api.responses.batch_results import JsonLines, stream
from api.runtime import RuntimeDep
from api.schemas.batch import Batch, BatchList, summary
from api.schemas.problem import BatchProblemDocument
from service.batches import queries
from service.batches.cancel import cancel
from service.fields import ExpiresIn, Name

router = APIRouter(prefix="/v1/batches", tags=["batches"])

BAD_LINES: dict[int | str, dict[str, Any]] = {422: {"model": BatchProblemDocument, "description": SENTENCES[422]}}
FILE = {"required": True, "content": {name: {"schema": {"type": "string"}} for name in MEDIA_TYPES}}

AfterLine = Annotated[int, Query(ge=0, le=2**31 - 1, description="The last line that was read; the rest follows.")]


@router.post(
    "",
    status_code=202,
    responses=ACCEPTED | problems(400, 401, 408, 409, 413, 415, 429) | BAD_LINES,
    openapi_extra={"requestBody": FILE},
)
async def create_batch(
    intake: BatchUploaded,
    response: Response,
    name: Annotated[Name | None, Query()] = None,
    expires_in: Annotated[ExpiresIn, Query(description="For every line that does not say its own.")] = None,
) -> Batch:
    """Queue many jobs at once: a JSON object a line, `{"custom_id", "kind", "body"}`.

    `kind` is `generation`, `fine_tune` or `edit`, and `body` what that kind's own route takes. A shift of a generation
    may be `{"custom_id", "weight"}`: it is the one that the fine-tune of this name, in the same batch, will make. Every
    line is checked before anything is made; `errors` tells the faults with their lines.
    """
    made = await intake(name, expires_in)
    response.headers["Location"] = f"/v1/batches/{made.id}"
    return made


@router.get("", responses=problems(401, 422))
def list_batches(scope: TenantScope, limit: Limit = 20, after: AfterBatch = None) -> BatchList:
    """The batches, newest first. How far one is, GET of that one tells."""
    return BatchList.of("bat", queries.listing(scope, limit=limit, after=after), summary)


@router.get("/{batch_id}", responses=problems(401, 404))
def get_batch(batch_id: BatchId, scope: TenantScope) -> Batch:
    """One batch, and how many of its lines are in each state."""
    return show_batch(scope, queries.get(scope, batch_id).id)


@router.post("/{batch_id}/cancel", responses=problems(401, 404, 409, 422))
def cancel_batch(batch_id: BatchId, scope: TenantScope, once: Idempotent) -> Batch:
    """Stop every line that has not ended: those that run at their next step, those that wait within seconds."""
    row = once(
        {"batch": str(batch_id)},
        make=lambda: cancel(scope, batch_id),
        find=lambda known: queries.get(scope, known),
    )
    return show_batch(scope, row.id)


@router.get("/{batch_id}/results", response_class=JsonLines, responses=LINES | problems(401, 404, 422))
def get_batch_results(batch_id: BatchId, scope: TenantScope, runtime: RuntimeDep, after: AfterLine = 0) -> Response:
    """The lines that have succeeded so far, in their order, a JSON object a line; the links in it are new."""
    row = queries.get(scope, batch_id)
    return stream(runtime, scope.tenant_id, row.id, queries.SUCCEEDED, after)


@router.get("/{batch_id}/errors", response_class=JsonLines, responses=LINES | problems(401, 404, 422))
def get_batch_errors(batch_id: BatchId, scope: TenantScope, runtime: RuntimeDep, after: AfterLine = 0) -> Response:
    """The lines that failed, were cancelled or expired so far, in their order, a JSON object a line."""
    row = queries.get(scope, batch_id)
    return stream(runtime, scope.tenant_id, row.id, queries.FAILED, after)
