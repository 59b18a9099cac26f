"""Asking for pictures: the request's words become a complete spec, then a job."""

import secrets
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal
from uuid import UUID

from sqlalchemy import select

from service.assets.shifts import files_of
from service.bases import BaseRef, Catalogue
from service.enums import Priority
from service.errors import Invalid, ShiftOfAnotherBase, UnknownReference
from service.ids import from_wire
from service.infra.database import Scope
from service.jobs.specs import GENERATION, AwaitedShift, GenerationSpec, WeightedShift
from service.jobs.submission import JobDraft, submit_job
from service.requests.fine_tunes import MAX_SEED
from service.requests.methods import method_of
from service.requests.mixing import Ingredient, check_mix
from service.tables import Job, ShiftRow

STEP_SECONDS = 0.05  # of one picture; the first guess, corrected at the finish


@dataclass(frozen=True)
class GenerationRequest:
    """Pictures as asked for; None means the base's recipe. Sizes in pixels."""

    base: str
    prompt: str
    negative_prompt: str
    shifts: tuple[WeightedShift, ...]
    mode: Literal["add", "interpolate"]
    n: int
    seed: int | None
    steps: int | None
    guidance: float | None
    eta: float | None
    width: int | None
    height: int | None
    expires_in: float | None = None
    shift_start: float | None = None


@dataclass(frozen=True)
class TrainedOn:
    """What must fit the base of a generation: where the request names a shift, and the weights that it belongs to."""

    pointer: str
    base_name: str
    fingerprint: str


def submit(scope: Scope, request: GenerationRequest) -> Job:
    """Queue the generation; UnknownBase, UnknownReference, ShiftOfAnotherBase or Invalid if it cannot be meant."""
    ids = [shift.id for shift in request.shifts]
    rows = require_shifts(find_shifts(scope, ids), ids)
    files = files_of(scope, rows) if rows else {}
    check_mix(
        [
            Ingredient(number, shift_pointer(number), method_of(files[row.artifact_id]), shift)
            for number, (row, shift) in enumerate(zip(rows, request.shifts, strict=True))
        ]
    )
    trained = [TrainedOn(shift_pointer(number), row.base_name, row.fingerprint) for number, row in enumerate(rows)]
    base = choose_base(Catalogue(scope.session), request.base, trained)
    return submit_job(scope, build_job(request, base, request.shifts, {row.id for row in rows}), Priority.INTERACTIVE)


def build_job(
    request: GenerationRequest,
    base: BaseRef,
    shifts: tuple[WeightedShift | AwaitedShift, ...],
    input_ids: Iterable[UUID],
) -> JobDraft:
    """The job that the request asks for on this base, its shifts given; Invalid if the base cannot do it."""
    recipe = base.manifest.generation
    spec = GenerationSpec(
        base=base.name,
        fingerprint=base.fingerprint,
        prompt=request.prompt,
        negative_prompt=request.negative_prompt,
        shifts=shifts,
        mode=request.mode,
        n=request.n,
        seed=secrets.randbelow(MAX_SEED) if request.seed is None else request.seed,
        steps=request.steps or recipe.steps,
        guidance=recipe.guidance if request.guidance is None else request.guidance,
        eta=recipe.eta if request.eta is None else request.eta,
        shift_start=recipe.shift_start if request.shift_start is None else request.shift_start,
        width=max_image_side(base, "width", request.width),
        height=max_image_side(base, "height", request.height),
    )
    return JobDraft(GENERATION, spec, spec.steps, spec.steps * spec.n * STEP_SECONDS, input_ids, request.expires_in)


def find_shifts(scope: Scope, wire_ids: Iterable[str], *, lock: bool = True) -> dict[UUID, ShiftRow]:
    """Those of the tenant's shifts that are there; locked, they stay until the end of the transaction."""
    ids = {shift_id for shift_id in (from_wire("shf", text) for text in wire_ids) if shift_id}
    if not ids:
        return {}
    query = select(ShiftRow).where(ShiftRow.id.in_(ids), ShiftRow.tenant_id == scope.tenant_id)
    return {row.id: row for row in scope.session.scalars(query.with_for_update(read=True) if lock else query)}


def require_shifts(found: Mapping[UUID, ShiftRow], wire_ids: Sequence[str]) -> list[ShiftRow]:
    """The shifts in the order asked for; UnknownReference at the first that is not there."""
    return [require_shift(found, wire_id, number) for number, wire_id in enumerate(wire_ids)]


def require_shift(found: Mapping[UUID, ShiftRow], wire_id: str, number: int) -> ShiftRow:
    """The request's shift of this number; UnknownReference if it is not there."""
    shift_id = from_wire("shf", wire_id)
    if shift_id is None or shift_id not in found:
        raise UnknownReference(shift_pointer(number), "shift")
    return found[shift_id]


def shift_pointer(number: int) -> str:
    """Where a request names its shift of this number."""
    return f"/shifts/{number}/id"


def choose_base(catalogue: Catalogue, name: str, shifts: Sequence[TrainedOn]) -> BaseRef:
    """The newest revision of the name; with shifts, the revision of the name that they were trained on."""
    if not shifts:
        return catalogue.current(name)
    catalogue.find(name)
    fingerprint = shifts[0].fingerprint
    for shift in shifts:
        if shift.fingerprint != fingerprint or shift.base_name != name:
            raise ShiftOfAnotherBase(shift.pointer)
    return catalogue.pinned(name, fingerprint)


def max_image_side(base: BaseRef, name: str, asked: int | None) -> int:
    """The asked or the base's own size; Invalid if the base cannot make it."""
    manifest = base.manifest
    value = manifest.resolution if asked is None else asked
    if value % manifest.size_multiple or not manifest.size_multiple <= value <= manifest.generation.max_side:
        rule = f"a multiple of {manifest.size_multiple}, at most {manifest.generation.max_side}"
        raise Invalid(f"/{name}", f"On this base the {name} must be {rule}.")
    return value
