"""Asking for edits of a picture: the request's words become a complete spec, then a job."""

import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import select

from service import bases
from service.assets import edit_shifts
from service.bases import BaseRef
from service.enums import Priority
from service.errors import Invalid, UnknownReference
from service.ids import from_wire
from service.infra.database import Scope
from service.jobs.specs import EDIT, EditSpec, EditTraining
from service.jobs.submission import JobDraft, submit_job
from service.requests.fine_tunes import MAX_SEED
from service.requests.fine_tunes import STEP_SECONDS as TRAINING_STEP_SECONDS
from service.requests.generations import STEP_SECONDS
from service.tables import Image, Job

TRAINING_STEPS = 500  # the paper's, whatever a base's fine-tunes need
REFINEMENTS = 3  # calls of the network that make a step backwards exact
TRAINING_SEED = 0  # not drawn: a later edit of the same picture is to find the shift
GUIDANCE = 3.0  # from inverted noise; more would leave the picture
RECIPE = (
    "batch_size",
    "learning_rate",
    "learning_rate_1d",
    "text_encoder",
    "text_encoder_learning_rate_scale",
    "max_grad_norm",
)


@dataclass(frozen=True)
class EditRequest:
    """Edits as asked for; None and absent `training` settings mean the defaults."""

    base: str
    image: str
    description: str
    prompts: tuple[str, ...]
    negative_prompt: str
    inversion: bool
    refinements: int
    slerp: float
    eta: float | None
    guidance: float | None
    seed: int | None
    steps: int | None
    training: dict[str, Any]
    expires_in: float | None = None


def submit(scope: Scope, request: EditRequest) -> Job:
    """Queue the edits; UnknownBase, UnknownReference or Invalid with a pointer if they cannot be meant."""
    base = bases.current(scope.session, request.base)
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
        raise Invalid("/slerp", "Without inversion there is no noise of the picture's own to move away from.")
    recipe = base.manifest.generation
    guidance = GUIDANCE if request.inversion else recipe.guidance
    eta = 0.0 if request.inversion else recipe.eta
    return EditSpec(
        base=base.name,
        fingerprint=base.fingerprint,
        image=request.image,
        sha256=image.sha256,
        description=request.description,
        prompts=request.prompts,
        negative_prompt=request.negative_prompt,
        inversion=request.inversion,
        refinements=request.refinements,
        slerp=request.slerp,
        eta=eta if request.eta is None else request.eta,
        guidance=guidance if request.guidance is None else request.guidance,
        seed=secrets.randbelow(MAX_SEED) if request.seed is None else request.seed,
        steps=request.steps or recipe.steps,
        training=training_of(base, request.training),
    )


def training_of(base: BaseRef, overrides: dict[str, Any]) -> EditTraining:
    """The base's rates, and what the client chose instead."""
    recipe = base.manifest.fine_tune.model_dump(include=set(RECIPE))
    return EditTraining(**{"seed": TRAINING_SEED, "steps": TRAINING_STEPS} | recipe | overrides)


def find_images(scope: Scope, wire_ids: Iterable[str], *, lock: bool = True) -> dict[UUID, Image]:
    """Those of the pictures that are the tenant's; locked, they stay until the end of the transaction."""
    ids = {image_id for image_id in (from_wire("img", text) for text in wire_ids) if image_id}
    query = select(Image).where(Image.id.in_(ids), Image.tenant_id == scope.tenant_id)
    return {row.id: row for row in scope.session.scalars(query.with_for_update(read=True) if lock else query)}
