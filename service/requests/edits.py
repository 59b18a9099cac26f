"""Asking for edits of a picture: the request's words become a complete spec, then a job."""

import secrets
from collections.abc import Iterable, Mapping
from typing import Annotated
from uuid import UUID

from pydantic import Field, StringConstraints
from sqlalchemy import select

from service import bases
from service.assets import edit_shifts
from service.bases import BaseRef
from service.enums import Priority
from service.errors import Invalid, UnknownReference
from service.fields import ExpiresIn, ImageId, Line, Name, Prompt, RequestModel
from service.ids import from_wire
from service.infra.database import Scope
from service.jobs.specs import EDIT, EditSpec, EditTraining
from service.jobs.submission import JobDraft, submit_job
from service.parameters import request_field, request_fields, settable
from service.requests.fine_tunes import STEP_SECONDS as TRAINING_STEP_SECONDS
from service.requests.generations import STEP_SECONDS
from service.tables import Image, Job
from svdiff_core.parameters.declaration import parameters_of
from svdiff_core.parameters.editing import EditingSpec
from svdiff_core.parameters.recipe import Recipe, recipe_parameters
from svdiff_core.parameters.sampling import MAX_SEED

TRAINING_STEPS = 500  # the paper's, whatever a base's fine-tunes need
TRAINING_SEED = 0  # not chosen at random: a later edit of the same picture is to find the shift
OF_INVERSION = ("guidance", "eta")  # from inverted noise the paper's own, whatever the base recommends


class EditTrainingRequest(request_fields("EditTrainingRequest", Recipe, RequestModel, edits=True)):  # type: ignore[misc]  # fields of a declaration
    """How the picture's shift is trained. A later edit uses the shift again if all of it is the same."""

    seed: int | None = Field(default=None, ge=0, le=MAX_SEED, description="0 if absent.")


class EditRequest(request_fields("EditRequest", EditingSpec, RequestModel)):  # type: ignore[misc]  # fields of a declaration
    """Edits of one picture. What is left out is the base's recipe."""

    base: Name = Field(examples=["emoji"])
    image: ImageId = Field(description="An uploaded picture; its largest centered square is edited.")
    description: Prompt = Field(
        examples=["a photo of a dog on the grass"], description="What the picture shows, in plain words: no token."
    )
    prompts: tuple[Prompt, ...] = Field(
        strict=False,
        min_length=1,
        max_length=16,
        examples=[["a photo of a cat on the grass"]],
        description="What it should show; the picture of prompt i has the seed `seed` + i.",
    )
    negative_prompt: Annotated[Line, StringConstraints(max_length=1000)] = ""
    inversion: bool = request_field(EditingSpec, "inversion")
    refinements: int = request_field(EditingSpec, "refinements")
    slerp: float = request_field(EditingSpec, "slerp")
    seed: int | None = Field(default=None, ge=0, le=MAX_SEED, description="Chosen at random and recorded if absent.")
    training: EditTrainingRequest = EditTrainingRequest()
    expires_in: ExpiresIn = None


def submit(scope: Scope, request: EditRequest) -> Job:
    """Queue the edits; UnknownBase, UnknownReference or Invalid with a pointer if they are not valid."""
    base = bases.get(scope.session, request.base)
    spec = spec_of(request, base, find_images(scope, [request.image]))
    shift = edit_shifts.find(scope, spec.key, lock=True)
    job = build_job(request, spec, shift.id if shift else None)
    return submit_job(scope, job, Priority.TRAINING if shift is None else Priority.INTERACTIVE)


def build_job(request: EditRequest, spec: EditSpec, shift_id: UUID | None) -> JobDraft:
    """The job of a complete spec, and what it will need: the picture, and the shift where it is known already."""
    calls = 1 + (1 + spec.refinements if spec.inversion else 0)  # of the denoiser, a step and prompt
    estimate = calls * spec.steps * len(spec.prompts) * STEP_SECONDS
    steps = 2 * spec.steps if spec.inversion else spec.steps
    if shift_id is None:
        estimate += spec.training.steps * TRAINING_STEP_SECONDS
        steps = spec.training.steps
    inputs = {from_wire("img", spec.image), shift_id} - {None}
    return JobDraft(EDIT, spec, steps, estimate, {one for one in inputs if one}, request.expires_in)


def spec_of(request: EditRequest, base: BaseRef, images: Mapping[UUID, Image]) -> EditSpec:
    """What the request asks for on this base, where these pictures are there."""
    image = images.get(from_wire("img", request.image) or UUID(int=0))
    if image is None:
        raise UnknownReference("/image", "image")
    if request.slerp and not request.inversion:
        raise Invalid("/slerp", "slerp needs inversion: without it there is no noise of the picture to move away from.")
    recipe = base.manifest.generation.model_dump(include={"steps", "guidance", "eta"})
    declared = parameters_of(EditingSpec)
    inverted = {name: declared[name].default for name in OF_INVERSION} if request.inversion else {}
    chosen = request.model_dump(include=set(settable(EditingSpec, "request")), exclude_none=True)
    return EditSpec(
        base=base.name,
        fingerprint=base.fingerprint,
        image=request.image,
        sha256=image.sha256,
        description=request.description,
        prompts=request.prompts,
        negative_prompt=request.negative_prompt,
        seed=secrets.randbelow(MAX_SEED) if request.seed is None else request.seed,
        training=training_of(base, request.training),
        **recipe | inverted | chosen,
    )


def training_of(base: BaseRef, request: EditTrainingRequest) -> EditTraining:
    """The base's learning rates, and what the client chose instead."""
    names = {name for name, declared in recipe_parameters().items() if declared.edits} - {"steps"}
    recipe = base.manifest.fine_tune.model_dump(include=names)
    return EditTraining(
        **{"seed": TRAINING_SEED, "steps": TRAINING_STEPS} | recipe | request.model_dump(exclude_none=True)
    )


def find_images(scope: Scope, wire_ids: Iterable[str], *, lock: bool = True) -> dict[UUID, Image]:
    """Those of the pictures that are the tenant's; locked, they stay until the end of the transaction."""
    ids = {image_id for image_id in (from_wire("img", text) for text in wire_ids) if image_id}
    query = select(Image).where(Image.id.in_(ids), Image.tenant_id == scope.tenant_id)
    return {row.id: row for row in scope.session.scalars(query.with_for_update(read=True) if lock else query)}
