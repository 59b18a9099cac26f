"""Asking for pictures: the request's words become a complete spec, then a job."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal
from uuid import UUID

from sqlalchemy import select

from service import bases
from service.bases import BaseRef
from service.database import Scope
from service.errors import Invalid, ShiftOfAnotherBase, UnknownReference
from service.fine_tunes import MAX_SEED
from service.ids import from_wire
from service.jobs.accept import accept
from service.jobs.specs import GENERATION, GenerationSpec, WeightedShift
from service.tables import Job, ShiftRow

HANDICAP_SECONDS = 0.0
STEP_SECONDS = 0.05  # of one picture; the first guess, corrected at the finish


@dataclass(frozen=True)
class GenerationRequest:
    """Pictures as asked for; None means the base's recipe. Sizes in pixels."""

    base: str
    prompt: str
    negative_prompt: str
    shifts: tuple[tuple[str, float], ...]
    mode: Literal["add", "interpolate"]
    n: int
    seed: int | None
    steps: int | None
    guidance: float | None
    eta: float | None
    width: int | None
    height: int | None


def submit(scope: Scope, request: GenerationRequest) -> Job:
    """Queue the generation; UnknownBase, UnknownReference, ShiftOfAnotherBase or Invalid if it cannot be meant."""
    rows = find_shifts(scope, [shift_id for shift_id, _ in request.shifts])
    base = choose_base(scope, request.base, rows)
    recipe = base.manifest.generation
    spec = GenerationSpec(
        base=base.name,
        fingerprint=base.fingerprint,
        prompt=request.prompt,
        negative_prompt=request.negative_prompt,
        shifts=tuple(WeightedShift(id=shift_id, weight=weight) for shift_id, weight in request.shifts),
        mode=request.mode,
        n=request.n,
        seed=secrets.randbelow(MAX_SEED) if request.seed is None else request.seed,
        steps=request.steps or recipe.steps,
        guidance=recipe.guidance if request.guidance is None else request.guidance,
        eta=recipe.eta if request.eta is None else request.eta,
        width=side(base, "width", request.width),
        height=side(base, "height", request.height),
    )
    return accept(
        scope,
        kind=GENERATION,
        spec=spec.document(),
        fingerprint=base.fingerprint,
        steps=spec.steps,
        estimate_seconds=spec.steps * spec.n * STEP_SECONDS,
        handicap_seconds=HANDICAP_SECONDS,
        input_ids=[row.id for row in rows],
    )


def find_shifts(scope: Scope, wire_ids: Sequence[str]) -> list[ShiftRow]:
    """The tenant's shifts in the order asked for; UnknownReference at the first that is not there."""
    ids = [from_wire("shf", text) for text in wire_ids]
    query = select(ShiftRow).where(
        ShiftRow.id.in_([shift_id for shift_id in ids if shift_id]), ShiftRow.tenant_id == scope.tenant_id
    )
    found: dict[UUID, ShiftRow] = {row.id: row for row in scope.session.scalars(query.with_for_update(read=True))}
    rows = []
    for number, shift_id in enumerate(ids):
        if shift_id is None or shift_id not in found:
            raise UnknownReference(f"/shifts/{number}/id", "shift")
        rows.append(found[shift_id])
    return rows


def choose_base(scope: Scope, name: str, rows: Sequence[ShiftRow]) -> BaseRef:
    """The newest revision of the name; with shifts, the revision of the name that they were trained on."""
    if not rows:
        return bases.current(scope.session, name)
    bases.find(scope.session, name)
    fingerprint = rows[0].fingerprint
    for number, row in enumerate(rows):
        if row.fingerprint != fingerprint or row.base_name != name:
            raise ShiftOfAnotherBase(f"/shifts/{number}/id")
    return bases.pinned(scope.session, name, fingerprint)


def side(base: BaseRef, name: str, asked: int | None) -> int:
    """The asked or the base's own size; Invalid if the base cannot make it."""
    manifest = base.manifest
    value = manifest.resolution if asked is None else asked
    if value % manifest.size_multiple or not manifest.size_multiple <= value <= manifest.generation.max_side:
        rule = f"a multiple of {manifest.size_multiple}, at most {manifest.generation.max_side}"
        raise Invalid(f"/{name}", f"On this base the {name} must be {rule}.")
    return value
