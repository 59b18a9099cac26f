"""A generation job: a prompt and shifts in, pictures out, each carrying its recipe."""

import json
from collections.abc import Generator, Mapping, Sequence
from contextlib import closing
from typing import Any

from service.assets.artifacts import StoredObject
from service.ids import to_wire
from service.jobs.ending import JobResult
from service.jobs.specs import GenerationSpec
from svdiff_core.pictures import to_png
from svdiff_core.sampling.sampler import SampleDone, SampleStep, sample
from worker.engine.context import JobContext
from worker.jobs import adapters, translate


def run(context: JobContext) -> JobResult:
    """Make the pictures of the claim's spec."""
    spec = GenerationSpec.model_validate(context.claim.spec)
    base = context.base(spec.base)
    adapter = adapters.load_adapter(context, spec, base)
    sampling = sample(base, spec.sampling(), adapter, max_batch=context.settings.max_batch_size)
    done = run_sampling(context, sampling)
    stored, images = save(context, done, [spec.document() | {"seed": seed, "n": 1} for seed in done.seeds])
    prompts = {"/prompt": spec.prompt, "/negative_prompt": spec.negative_prompt}
    return JobResult(stored, {"images": images, "warnings": translate.cut_prompt_warnings(base, prompts)})


def run_sampling(context: JobContext, sampling: Generator[SampleStep | SampleDone, None, None]) -> SampleDone:
    """Run a sampling to its end, with progress at each step."""
    with closing(sampling) as records:
        for record in records:
            if isinstance(record, SampleDone):
                return record
            context.progress.step("sampling", record.step, record.steps)
    raise RuntimeError("the sampling ended without SampleDone")


def save(
    context: JobContext, done: SampleDone, recipes: Sequence[Mapping[str, Any]]
) -> tuple[list[StoredObject], list[dict[str, Any]]]:
    """The pictures in the store, each with the recipe that makes it again; and how the job's result lists them."""
    context.progress.step("saving")
    stored: list[StoredObject] = []
    images: list[dict[str, Any]] = []
    for picture, seed, recipe in zip(done.pictures, done.seeds, recipes, strict=True):
        text = {"svdiff": json.dumps(recipe, sort_keys=True)}
        artifact = context.upload("picture", to_png(picture, text), "image/png")
        stored.append(artifact)
        size = {"width": picture.shape[-1], "height": picture.shape[-2]}
        images.append({"id": to_wire("pic", artifact.id), "key": artifact.key, "seed": seed} | size)
        context.progress.step("saving")
    return stored, images
