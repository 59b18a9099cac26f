"""An edit job: one picture and new words for it in, pictures out; its shift is trained unless it is known."""

from dataclasses import dataclass
from typing import Any

from service.assets import edit_shifts, shifts
from service.assets.artifacts import StoredObject
from service.ids import to_wire
from service.infra.object_store import ObjectMissing
from service.jobs.ending import JobResult
from service.jobs.specs import EditSpec
from svdiff_core.base import Base
from svdiff_core.sampling.editing import edit
from svdiff_core.shift.file import Shift, load
from worker.engine.context import JobContext
from worker.jobs import fine_tune, generate, translate


@dataclass(frozen=True)
class KnownShift:
    """The shift that an earlier edit of the picture has trained, and how a result describes it."""

    shift: Shift
    description: dict[str, Any]


def run(context: JobContext) -> JobResult:
    """Make the edits of the claim's spec."""
    spec = EditSpec.model_validate(context.claim.spec)
    base = context.base(spec.base)
    known = find_known_shift(context, spec)
    if known is not None:
        stored, images = edit_picture(context, base, spec, known.shift)
        return JobResult(stored, document(base, spec, images, known.description | {"trained": False}))
    training = fine_tune.run_training(context, base, spec.fine_tune())
    fine_tune.store_state(context, training.state())  # a sampling that is interrupted then costs no training
    stored, images = edit_picture(context, base, spec, training.shift())
    trained = fine_tune.save(context, spec.fine_tune(), training)
    result = document(base, spec, images, trained.document["shift"] | {"trained": True})
    return JobResult((*trained.stored, *stored), result, trained.shift, spec.key)


def find_known_shift(context: JobContext, spec: EditSpec) -> KnownShift | None:
    """The shift of this picture, if an earlier edit has trained one and it is still there."""
    with context.scope() as scope:
        row = edit_shifts.find(scope, spec.key)
        if row is None:
            return None
        file = shifts.get_file(scope, row)
        description = {"id": to_wire("shf", row.id), "name": row.name, "base": row.base_name, "bytes": file.bytes}
    try:
        return KnownShift(load(context.store.get(file.object_key)), description)
    except ObjectMissing:  # deleted since its row was read
        return None


def edit_picture(
    context: JobContext, base: Base, spec: EditSpec, shift: Shift
) -> tuple[list[StoredObject], list[dict[str, Any]]]:
    """The picture under each of the prompts, in the store and as the job's result lists it."""
    picture = fine_tune.load_pictures(context, spec.fine_tune().subjects[0], base.recipe.resolution)[0]
    editing = edit(base, shift, picture, spec.editing(), max_batch=context.settings.max_batch_size)
    done = generate.run_sampling(context, editing)
    pairs = zip(spec.prompts, done.seeds, strict=True)
    recipes = [spec.document() | {"prompts": [prompt], "seed": seed} for prompt, seed in pairs]
    stored, images = generate.save(context, done, recipes)
    return stored, [image | {"prompt": prompt} for image, prompt in zip(images, spec.prompts, strict=True)]


def document(base: Base, spec: EditSpec, images: list[dict[str, Any]], shift: dict[str, Any]) -> dict[str, Any]:
    """The job's result: the pictures, the shift that made them, and warnings."""
    prompts = {f"/prompts/{i}": prompt for i, prompt in enumerate(spec.prompts)}
    read = {"/description": spec.description, **prompts, "/negative_prompt": spec.negative_prompt}
    return {"images": images, "shift": shift, "warnings": translate.cut_prompt_warnings(base, read)}
