"""An edit job: one picture and new words for it in, pictures out; its shift is trained unless it is known."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from service import edit_shifts, shifts
from service.artifacts import Stored
from service.database import Scope
from service.ids import from_wire, to_wire
from service.jobs.edit_spec import EditSpec
from service.object_store import ObjectMissing
from svdiff_core.base import Base
from svdiff_core.editing import edit
from svdiff_core.shift import Shift, load
from worker import cut_prompts, fine_tune, generate, translate
from worker.checks import Trained
from worker.outcome import Outcome, no_rows
from worker.workbench import Workbench


@dataclass(frozen=True)
class Learned:
    """What a result tells of the picture's shift, and what must be written if it is new."""

    told: dict[str, Any]
    stored: tuple[Stored, ...] = ()
    rows: Callable[[Scope], None] = no_rows


def run(bench: Workbench) -> Outcome:
    """Make the edits that the claim's spec asks for."""
    spec = EditSpec.model_validate(bench.claim.spec)
    base = bench.base(spec.base)
    found = known(bench, spec)
    if found is not None:
        shift, told = found
        return edited(bench, base, spec, shift, lambda: Learned(told | {"trained": False}))
    training = fine_tune.trained(bench, base, spec.fine_tune())
    fine_tune.store_state(bench, training.state())  # a sampling that is interrupted then costs no training
    return edited(bench, base, spec, training.shift(), lambda: learned(bench, spec, training))


def edited(bench: Workbench, base: Base, spec: EditSpec, shift: Shift, learned_of: Callable[[], Learned]) -> Outcome:
    """The picture under each of the prompts, and the shift that made it so."""
    picture = fine_tune.load_pictures(bench, spec.fine_tune().subjects[0], base.recipe.resolution)[0]
    made = edit(base, shift, picture, translate.editing(spec), max_batch=bench.settings.max_batch)
    done = generate.sampled(bench, made)
    pairs = zip(spec.prompts, done.seeds, strict=True)
    recipes = [spec.document() | {"prompts": [prompt], "seed": seed} for prompt, seed in pairs]
    stored, told = generate.save(bench, done, recipes)
    images = [one | {"prompt": prompt} for one, prompt in zip(told, spec.prompts, strict=True)]
    new = learned_of()
    prompts = {f"/prompts/{i}": prompt for i, prompt in enumerate(spec.prompts)}
    read = {"/description": spec.description, **prompts, "/negative_prompt": spec.negative_prompt}
    result = {"images": images, "shift": new.told, "warnings": cut_prompts.warnings(base, read)}
    return Outcome((*new.stored, *stored), result, new.rows)


def known(bench: Workbench, spec: EditSpec) -> tuple[Shift, dict[str, Any]] | None:
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


def learned(bench: Workbench, spec: EditSpec, training: Trained) -> Learned:
    """The new shift in the store, the tenant's and the picture's once its rows are written."""
    outcome = fine_tune.save(bench, spec.fine_tune(), training)
    told = outcome.result["shift"]
    shift_id = from_wire("shf", told["id"])

    def rows(scope: Scope) -> None:
        outcome.rows(scope)
        if shift_id is not None:
            edit_shifts.remember(scope, spec.key, shift_id)

    return Learned(told | {"trained": True}, outcome.stored, rows)
