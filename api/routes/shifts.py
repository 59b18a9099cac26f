"""The routes of trained shifts: listing, comparing, reading, downloading and deleting."""

from fastapi import APIRouter
from fastapi.responses import RedirectResponse

from api.dependencies.job_detail import Links
from api.dependencies.parameters import AfterShift, IdempotencyHeader, Limit, ShiftId
from api.dependencies.scope import TenantScope
from api.openapi import REDIRECT, problems
from api.runtime import RuntimeDep
from api.schemas.comparison import ComparisonBody, ShiftComparison, render_comparison
from api.schemas.shift import Shift, ShiftList, shift
from service.assets import shifts
from service.assets.comparison import compare_pair, find_pair

router = APIRouter(prefix="/v1/shifts", tags=["shifts"])


@router.get("", responses=problems(401, 422))
def list_shifts(scope: TenantScope, limit: Limit = 20, after: AfterShift = None) -> ShiftList:
    """List the trained shifts, newest first."""
    page = shifts.list_page(scope, limit=limit, after=after)
    files = shifts.get_files(scope, list(page.rows))
    return ShiftList.of("shf", page, lambda row: shift(row, files[row.artifact_id]))


@router.post("/compare", responses=problems(400, 401, 413, 422))
def compare_shifts(
    body: ComparisonBody, scope: TenantScope, runtime: RuntimeDep, _key: IdempotencyHeader = None
) -> ShiftComparison:
    """Compare two shifts of one base, layer by layer: how similar they are, and how much they would conflict.

    Nothing is created, so an Idempotency-Key is accepted and has no effect.
    """
    pair = find_pair(scope, body.shifts)
    return render_comparison(body.shifts, pair.base, compare_pair(scope, runtime.store, pair))


@router.get("/{shift_id:shift_id}", responses=problems(401, 404))
def get_shift(shift_id: ShiftId, scope: TenantScope) -> Shift:
    """Get a shift."""
    row = shifts.get(scope, shift_id)
    return shift(row, shifts.get_file(scope, row))


@router.get(
    "/{shift_id:shift_id}/file",
    response_class=RedirectResponse,
    status_code=307,
    responses=REDIRECT | problems(401, 404),
)
def download_shift(shift_id: ShiftId, scope: TenantScope, links: Links) -> RedirectResponse:
    """Redirect to the safetensors file. The link expires and works without an API key: do not send yours to it."""
    file = shifts.get_file(scope, shifts.get(scope, shift_id))
    return RedirectResponse(links(file.object_key))


@router.delete("/{shift_id:shift_id}", status_code=204, responses=problems(401, 404, 409))
def delete_shift(shift_id: ShiftId, scope: TenantScope) -> None:
    """Delete a shift and its file, unless an unfinished job needs it."""
    shifts.delete(scope, shift_id)
