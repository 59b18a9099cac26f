"""An edit job: one picture and new words for it in, pictures out; its shift is trained unless it is known."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from service.assets import edit_shifts, shifts
from service.assets.artifacts import StoredObject
from service.ids import from_wire, to_wire
from service.infra.database import Scope
from service.infra.object_store import ObjectMissing
from service.jobs.specs import EditSpec
from svdiff_core.base import Base
from svdiff_core.sampling.editing import edit
from svdiff_core.shift.file import Shift, load
from worker.engine.context import JobContext
from worker.engine.outcome import Outcome, no_rows
from worker.jobs import fine_tune, generate, prompt_warnings
from worker.jobs.checks import Trained


@dataclass(frozen=True)
class LearnedShift:
    """What a result tells of the picture's shift, and what must be written if it is new."""

    told: dict[str, Any]
    stored: tuple[StoredObject, ...] = ()
    rows: Callable[[Scope], None] = no_rows


def run(bench: JobContext) -> Outcome:
    """Make the edits that the claim's spec asks for."""
    spec = EditSpec.model_validate(bench.claim.spec)
    base = bench.base(spec.base)
    found = find_known_shift(bench, spec)
    if found is not None:
        shift, told = found
        return edit_picture(bench, base, spec, shift, lambda: LearnedShift(told | {"trained": False}))
    training = fine_tune.run_training(bench, base, spec.fine_tune())
    fine_tune.store_state(bench, training.state())  # a sampling that is interrupted then costs no training
    return edit_picture(bench, base, spec, training.shift(), lambda: save_learned_shift(bench, spec, training))


def edit_picture(
    bench: JobContext, base: Base, spec: EditSpec, shift: Shift, learned_of: Callable[[], LearnedShift]
) -> Outcome:
    """The picture under each of the prompts, and the shift that made it so."""
    picture = fine_tune.load_pictures(bench, spec.fine_tune().subjects[0], base.recipe.resolution)[0]
    made = edit(base, shift, picture, spec.editing(), max_batch=bench.settings.max_batch_size)
    done = generate.run_sampling(bench, made)
    pairs = zip(spec.prompts, done.seeds, strict=True)
    recipes = [spec.document() | {"prompts": [prompt], "seed": seed} for prompt, seed in pairs]
    stored, told = generate.save(bench, done, recipes)
    images = [one | {"prompt": prompt} for one, prompt in zip(told, spec.prompts, strict=True)]
    new = learned_of()
    prompts = {f"/prompts/{i}": prompt for i, prompt in enumerate(spec.prompts)}
    read = {"/description": spec.description, **prompts, "/negative_prompt": spec.negative_prompt}
    result = {"images": images, "shift": new.told, "warnings": prompt_warnings.warnings(base, read)}
    return Outcome((*new.stored, *stored), result, new.rows)


def find_known_shift(bench: JobContext, spec: EditSpec) -> tuple[Shift, dict[str, Any]] | None:
    """What an earlier edit of the picture has learned and what is told of it, if it is there."""
    with bench.database.tenant(bench.claim.tenant_id) as scope:
        row = edit_shifts.find(scope, spec.key)
        if row is None:
            return None
        file = shifts.file_of(scope, row)
        told = {"id": to_wire("shf", row.id), "name": row.name, "base": row.base_name, "bytes": file.bytes}
        key = file.object_key
    try:
        return load(bench.store.get(key)), told
    except ObjectMissing:  # deleted since it was looked up
        return None


def save_learned_shift(bench: JobContext, spec: EditSpec, training: Trained) -> LearnedShift:
    """The new shift in the store, the tenant's and the picture's once its rows are written."""
    outcome = fine_tune.save(bench, spec.fine_tune(), training)
    told = outcome.result["shift"]
    shift_id = from_wire("shf", told["id"])

    def rows(scope: Scope) -> None:
        outcome.rows(scope)
        if shift_id is not None:
            edit_shifts.remember(scope, spec.key, shift_id)

    return LearnedShift(told | {"trained": True}, outcome.stored, rows)
