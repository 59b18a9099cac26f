"""A generation job: a prompt and shifts in, pictures out, each carrying its recipe."""

import json
from collections.abc import Generator, Mapping, Sequence
from contextlib import closing
from typing import Any

from service.assets.artifacts import StoredObject
from service.ids import to_wire
from service.jobs.specs import GenerationSpec
from svdiff_core.pictures import to_png
from svdiff_core.sampling.sampler import SampleDone, SampleStep, sample
from worker.engine.context import JobContext
from worker.engine.outcome import Outcome
from worker.jobs import adapters, prompt_warnings


def run(bench: JobContext) -> Outcome:
    """Make the pictures that the claim's spec asks for."""
    spec = GenerationSpec.model_validate(bench.claim.spec)
    base = bench.base(spec.base)
    product = adapters.load_adapter(bench, spec, base)
    done = run_sampling(bench, sample(base, spec.sampling(), product, max_batch=bench.settings.max_batch_size))
    recipes = [spec.document() | {"seed": seed, "n": 1} for seed in done.seeds]
    stored, told = save(bench, done, recipes)
    warnings = prompt_warnings.warnings(base, {"/prompt": spec.prompt, "/negative_prompt": spec.negative_prompt})
    return Outcome(stored, {"images": told, "warnings": warnings})


def run_sampling(bench: JobContext, sampling: Generator[SampleStep | SampleDone, None, None]) -> SampleDone:
    """What the sampling makes, each of its steps told."""
    with closing(sampling) as records:
        for record in records:
            if isinstance(record, SampleDone):
                return record
            bench.progress.step("sampling", record.step, record.steps)
    raise RuntimeError("the sampling ended without SampleDone")


def save(
    bench: JobContext, done: SampleDone, recipes: Sequence[Mapping[str, Any]]
) -> tuple[tuple[StoredObject, ...], list[dict[str, Any]]]:
    """The pictures in the store, each with the recipe that makes it again; and what a result tells of them."""
    bench.progress.step("saving")
    stored: list[StoredObject] = []
    told: list[dict[str, Any]] = []
    for picture, seed, recipe in zip(done.pictures, done.seeds, recipes, strict=True):
        text = {"svdiff": json.dumps(recipe, sort_keys=True)}
        artifact = bench.upload("picture", to_png(picture, text), "image/png")
        stored.append(artifact)
        size = {"width": picture.shape[-1], "height": picture.shape[-2]}
        told.append({"id": to_wire("pic", artifact.id), "key": artifact.key, "seed": seed} | size)
        bench.progress.step("saving")
    return tuple(stored), told
