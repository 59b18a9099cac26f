from fastapi import APIRouter, HTTPException
from fastapi.responses import RedirectResponse

from api.dependencies.idempotency import Idempotent
from api.dependencies.job_detail import Links
from api.dependencies.parameters import AfterShift, Limit, ShiftId
from api.dependencies.scope import TenantScope
from api.openapi import REDIRECT, problems
from api.runtime import RuntimeDep
from api.schemas.comparison import ComparisonBody, ShiftComparison
from api.schemas.shift import Shift, ShiftList, shift
from api.shift_comparison import compare_pair, find_pair
from service.assets import shifts

router = APIRouter(prefix="/v1/shifts", tags=["shifts"])


@router.get("", responses=problems(401, 422))
def list_shifts(scope: TenantScope, limit: Limit = 20, after: AfterShift = None) -> ShiftList:
    """List the trained shifts, newest first."""
    page = shifts.listing(scope, limit=limit, after=after)
    files = shifts.files_of(scope, list(page.rows))
    return ShiftList.of("shf", page, lambda row: shift(row, files[row.artifact_id]))


@router.post("/compare", responses=problems(400, 401, 409, 413, 422))
def compare_shifts(body: ComparisonBody, scope: TenantScope, once: Idempotent, runtime: RuntimeDep) -> ShiftComparison:
    """Compare two shifts of one base, layer by layer: how similar they are, and how much they would conflict.

    Nothing is created: an Idempotency-Key is honored, and the answer is computed anew.
    """
    once(
        body.model_dump(), make=lambda: find_pair(scope, body.shifts)[0], find=lambda row_id: shifts.get(scope, row_id)
    )
    return compare_pair(scope, runtime.store, body.shifts)


@router.get("/compare", include_in_schema=False)
@router.delete("/compare", include_in_schema=False)
def no_shift_is_named_compare() -> None:
    """Without this route, these methods would find the one below and its 404."""
    raise HTTPException(405, headers={"Allow": "POST"})


@router.get("/{shift_id}", responses=problems(401, 404))
def get_shift(shift_id: ShiftId, scope: TenantScope) -> Shift:
    """Get a shift."""
    row = shifts.get(scope, shift_id)
    return shift(row, shifts.file_of(scope, row))


@router.get(
    "/{shift_id}/file", response_class=RedirectResponse, status_code=307, responses=REDIRECT | problems(401, 404)
)
def download_shift(shift_id: ShiftId, scope: TenantScope, links: Links) -> RedirectResponse:
    """Redirect to the safetensors file. The link expires and works without an API key: do not send yours to it."""
    file = shifts.file_of(scope, shifts.get(scope, shift_id))
    return RedirectResponse(links(file.object_key))


@router.delete("/{shift_id}", status_code=204, responses=problems(401, 404, 409))
def delete_shift(shift_id: ShiftId, scope: TenantScope) -> None:
    """Delete a shift and its file, unless an unfinished job needs it."""
    shifts.delete(scope, shift_id)
