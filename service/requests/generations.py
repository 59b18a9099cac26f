"""Asking for pictures: the request's words become a complete spec, then a job."""

import math
import secrets
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Generic, Literal, TypeVar
from uuid import UUID

from pydantic import AfterValidator, Field, StringConstraints, ValidationInfo, field_validator
from pydantic_core import PydanticCustomError
from sqlalchemy import select

from service.assets.shifts import get_method
from service.bases import BaseCatalog, BaseRef
from service.enums import Priority
from service.errors import Invalid, ShiftOfAnotherBase, UnknownReference
from service.fields import ExpiresIn, Line, Name, Prompt, RequestModel
from service.ids import from_wire
from service.infra.database import Scope
from service.jobs.specs import GENERATION, AwaitedShift, GenerationSpec, SelectedShift, WeightedShift
from service.jobs.submission import JobDraft, submit_job
from service.parameters import request_field, request_fields, settable
from service.requests.methods import AdapterUse, check_mix
from service.tables import Artifact, Job, ShiftRow
from svdiff_core.parameters.sampling import MAX_SEED, SamplingSpec

STEP_SECONDS = 0.05  # of one picture; the first guess, corrected at the finish
SUM_TOLERANCE = 1e-6


AnyShift = TypeVar("AnyShift", bound=SelectedShift)


def check_different(shifts: tuple[AnyShift, ...]) -> tuple[AnyShift, ...]:
    """The shifts, if no part of one is there twice."""
    if len({shift.model_dump_json(exclude={"weight"}) for shift in shifts}) < len(shifts):
        message = "The same part of the same shift is listed twice; add up its weights instead."
        raise PydanticCustomError("repeated_shift", message)
    return shifts


class PicturesRequest(request_fields("PicturesRequest", SamplingSpec, RequestModel), Generic[AnyShift]):  # type: ignore[misc]  # fields of a declaration
    """Pictures of a prompt. What is left out is the base's recipe."""

    base: Name = Field(examples=["emoji"])
    prompt: Prompt = Field(examples=["a photo of a sks dog on the beach"])
    negative_prompt: Annotated[Line, StringConstraints(max_length=1000)] = ""
    mode: Literal["add", "interpolate"] = Field(
        default="add", description="`interpolate` takes exactly two shifts, with weights of at least 0 that sum to 1."
    )
    shifts: Annotated[tuple[AnyShift, ...], AfterValidator(check_different)] = Field(
        strict=False, default=(), max_length=16, validate_default=True
    )
    n: int = request_field(SamplingSpec, "n")
    expires_in: ExpiresIn = None

    @field_validator("shifts")
    @classmethod
    def interpolates(cls, shifts: tuple[AnyShift, ...], known: ValidationInfo) -> tuple[AnyShift, ...]:
        """The shifts, if their weights make sense in the mode."""
        weights = [shift.weight for shift in shifts]
        valid = len(weights) == 2 and min(weights) >= 0 and math.isclose(sum(weights), 1, abs_tol=SUM_TOLERANCE)  # noqa: PLR2004 — between two ends
        if known.data.get("mode") == "interpolate" and not valid:
            rule = "To interpolate takes exactly two shifts with weights of at least 0 that sum to 1."
            raise PydanticCustomError("not_an_interpolation", rule)
        return shifts


class GenerationRequest(PicturesRequest[WeightedShift]):
    """Pictures of a prompt. What is left out is the base's recipe."""


def submit(scope: Scope, request: GenerationRequest) -> Job:
    """Queue the generation; UnknownBase, UnknownReference, ShiftOfAnotherBase or Invalid if it is not valid."""
    adapters = find_adapters(scope, [shift.id for shift in request.shifts])
    uses = [use_of(adapters, shift.id, shift, number) for number, shift in enumerate(request.shifts)]
    check_mix(uses)
    base = choose_base(BaseCatalog(scope.session), request.base, uses)
    input_ids = {adapter.shift.id for adapter in adapters.values()}
    return submit_job(scope, build_job(request, base, request.shifts, input_ids), Priority.INTERACTIVE)


def build_job(
    request: PicturesRequest[Any],
    base: BaseRef,
    shifts: tuple[WeightedShift | AwaitedShift, ...],
    input_ids: Iterable[UUID],
) -> JobDraft:
    """The job that the request asks for on this base, its shifts given; Invalid if the base cannot do it."""
    recipe = base.manifest.generation.model_dump(exclude={"max_side"})
    chosen = request.model_dump(include=set(settable(SamplingSpec, "request")), exclude_none=True)
    sizes = {name: picture_side(base, name, chosen.get(name)) for name in ("width", "height")}
    spec = GenerationSpec(
        base=base.name,
        fingerprint=base.fingerprint,
        prompt=request.prompt,
        negative_prompt=request.negative_prompt,
        shifts=shifts,
        mode=request.mode,
        **{"seed": secrets.randbelow(MAX_SEED)} | recipe | chosen | sizes,
    )
    return JobDraft(GENERATION, spec, spec.steps, spec.steps * spec.n * STEP_SECONDS, input_ids, request.expires_in)


@dataclass(frozen=True)
class TenantAdapter:
    """An adapter of the tenant: its row, and the method that trained it."""

    shift: ShiftRow
    method: str


def find_adapters(scope: Scope, wire_ids: Iterable[str], *, lock: bool = True) -> dict[str, TenantAdapter]:
    """Those of the tenant's adapters that are there, by their ids; locked, they stay until the transaction ends."""
    ids = {from_wire("shf", wire_id): wire_id for wire_id in wire_ids}
    if not ids:
        return {}
    query = (
        select(ShiftRow, Artifact)
        .join(Artifact, Artifact.id == ShiftRow.artifact_id)
        .where(ShiftRow.id.in_(ids.keys() - {None}), ShiftRow.tenant_id == scope.tenant_id)
    )
    rows = scope.session.execute(query.with_for_update(read=True, of=ShiftRow) if lock else query)
    return {ids[shift.id]: TenantAdapter(shift, get_method(file)) for shift, file in rows}


def use_of(adapters: Mapping[str, TenantAdapter], wire_id: str, selection: SelectedShift, number: int) -> AdapterUse:
    """What the request's shift of this number names; UnknownReference if it is not there."""
    pointer = f"/shifts/{number}/id"
    if wire_id not in adapters:
        raise UnknownReference(pointer, "shift")
    adapter = adapters[wire_id]
    return AdapterUse(number, pointer, adapter.shift.base_name, adapter.shift.fingerprint, adapter.method, selection)


def choose_base(catalog: BaseCatalog, name: str, uses: Sequence[AdapterUse]) -> BaseRef:
    """The newest revision of the name; with shifts, the revision of the name that they were trained on."""
    if not uses:
        return catalog.get(name)
    catalog.get_including_retired(name)
    fingerprint = uses[0].fingerprint
    for use in uses:
        if use.fingerprint != fingerprint or use.base_name != name:
            raise ShiftOfAnotherBase(use.pointer)
    return catalog.get_pinned(name, fingerprint)


def picture_side(base: BaseRef, name: str, asked: int | None) -> int:
    """The asked or the base's own size; Invalid if the base cannot make it."""
    manifest = base.manifest
    value = manifest.resolution if asked is None else asked
    if value % manifest.size_multiple or not manifest.size_multiple <= value <= manifest.generation.max_side:
        rule = f"a multiple of {manifest.size_multiple}, at most {manifest.generation.max_side}"
        raise Invalid(f"/{name}", f"On this base the {name} must be {rule}.")
    return value
