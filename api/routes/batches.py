"""The routes of batches: creating, listing, canceling, and reading results and errors line by line."""

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

AfterLine = Annotated[
    int, Query(ge=0, le=2**31 - 1, description="The number of the last line received; later lines follow.")
]


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
    expires_in: Annotated[
        ExpiresIn,
        Query(description="Seconds, for lines without a value of their own."),
    ] = None,
) -> Batch:
    """Queue many jobs at once: one JSON object a line, `{"custom_id", "kind", "body"}`.

    `kind` is `generation`, `fine_tune` or `edit`, and `body` is the body of that kind's own route. A shift of a
    generation may be `{"custom_id", "weight"}`: the shift that the fine-tune with this `custom_id`, in the same batch,
    will train. Every line is checked before any job is created; `errors` lists the faults with their lines.
    """
    made = await intake(name, expires_in)
    response.headers["Location"] = f"/v1/batches/{made.id}"
    return made


@router.get("", responses=problems(401, 422))
def list_batches(scope: TenantScope, limit: Limit = 20, after: AfterBatch = None) -> BatchList:
    """List the batches, newest first. `GET /v1/batches/{id}` has the progress of one."""
    return BatchList.of("bat", queries.list_page(scope, limit=limit, after=after), summary)


@router.get("/{batch_id}", responses=problems(401, 404))
def get_batch(batch_id: BatchId, scope: TenantScope) -> Batch:
    """Get a batch, with the number of its lines in each state."""
    return show_batch(scope, queries.get(scope, batch_id).id)


@router.post("/{batch_id}/cancel", responses=problems(401, 404, 409, 422))
def cancel_batch(batch_id: BatchId, scope: TenantScope, once: Idempotent) -> Batch:
    """Cancel every line that has not ended: running jobs stop at their next step, waiting ones within seconds."""
    row = once(
        {"batch": str(batch_id)},
        make=lambda: cancel(scope, batch_id),
        find=lambda known: queries.get(scope, known),
    )
    return show_batch(scope, row.id)


@router.get("/{batch_id}/results", response_class=JsonLines, responses=LINES | problems(401, 404, 422))
def get_batch_results(batch_id: BatchId, scope: TenantScope, runtime: RuntimeDep, after: AfterLine = 0) -> Response:
    """Get the lines that have succeeded so far, in order, one JSON object a line, with new links to their pictures."""
    row = queries.get(scope, batch_id)
    return stream(runtime, scope.tenant_id, row.id, queries.SUCCEEDED, after)


@router.get("/{batch_id}/errors", response_class=JsonLines, responses=LINES | problems(401, 404, 422))
def get_batch_errors(batch_id: BatchId, scope: TenantScope, runtime: RuntimeDep, after: AfterLine = 0) -> Response:
    """Get the lines that failed, were canceled or expired so far, in order, one JSON object a line."""
    row = queries.get(scope, batch_id)
    return stream(runtime, scope.tenant_id, row.id, queries.FAILED, after)
