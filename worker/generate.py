"""A generation job: a prompt and shifts in, pictures out, each carrying its recipe."""

import json
from contextlib import closing
from typing import Any

from service import shifts
from service.artifacts import Stored
from service.ids import from_wire, to_wire
from service.jobs.specs import GenerationSpec, WeightedShift
from service.methods import SHIFTS, method_of
from svdiff_core.errors import MethodUnavailable
from svdiff_core.pictures import to_png
from svdiff_core.sampling import SampleDone, sample
from svdiff_core.shift import Shift, load
from worker import translate
from worker.outcome import Outcome
from worker.workbench import Workbench


def run(bench: Workbench) -> Outcome:
    """Make the pictures that the claim's spec asks for."""
    spec = GenerationSpec.model_validate(bench.claim.spec)
    base = bench.base(spec.base)
    shift = translate.combined(spec, load_shifts(bench, spec))
    done: SampleDone | None = None
    with closing(sample(base, translate.sampling(spec), shift, max_batch=bench.settings.max_batch)) as records:
        for record in records:
            if isinstance(record, SampleDone):
                done = record
            else:
                bench.progress.step("sampling", record.step, record.steps)
    if done is None:
        raise RuntimeError("sample ended without SampleDone")
    bench.progress.step("saving")
    return save(bench, spec, done)


def load_shifts(bench: Workbench, spec: GenerationSpec) -> list[Shift]:
    """The request's shifts in its order."""
    ids = [from_wire("shf", asked.id) for asked in spec.shifts if isinstance(asked, WeightedShift)]
    with bench.database.tenant(bench.claim.tenant_id) as scope:
        files = [shifts.file_of(scope, shifts.get(scope, shift_id)) for shift_id in ids]
    for file in files:
        if method_of(file) not in SHIFTS:  # of a batch's own fine-tune; others are refused before they are queued
            raise MethodUnavailable(method_of(file), "generations take spectral shifts only")
    loaded = []
    for file in files:
        loaded.append(load(bench.store.get(file.object_key)))
        bench.progress.step("loading")
    return loaded


def save(bench: Workbench, spec: GenerationSpec, done: SampleDone) -> Outcome:
    """The pictures in the store; picture i used the seed + i."""
    stored: list[Stored] = []
    told: list[dict[str, Any]] = []
    for picture, seed in zip(done.pictures, done.seeds, strict=True):
        text = {"svdiff": json.dumps(spec.document() | {"seed": seed, "n": 1}, sort_keys=True)}
        artifact = bench.upload("picture", to_png(picture, text), "image/png")
        stored.append(artifact)
        size = {"width": picture.shape[-1], "height": picture.shape[-2]}
        told.append({"id": to_wire("pic", artifact.id), "key": artifact.key, "seed": seed} | size)
        bench.progress.step("saving")
    return Outcome(tuple(stored), {"images": told})
