"""Samples that a training makes on its way, so that its client sees what the shift learns."""

import json
from contextlib import closing

import structlog
from torch import Tensor

from service.assets import artifacts
from service.assets.artifacts import StoredObject
from service.errors import Unavailable
from service.jobs.attempt import SAMPLE
from service.jobs.specs import FineTuneSpec
from svdiff_core.base import Base
from svdiff_core.parameters.sampling import SamplingSpec
from svdiff_core.pictures import to_png
from svdiff_core.sampling.sampler import SampleDone, sample
from svdiff_core.spaces.adapter import Adapter
from svdiff_core.training.loop import Training
from worker.engine.context import JobContext

log = structlog.get_logger()


class SampleWriter:
    """Samples the spec's prompts after every `sample_every` steps, each step once, whatever attempt it is.

    Prompt i has the job's seed + i at every step, so that the pictures of one prompt can be compared. Sampling takes
    nothing from the training's random draws: those derive from (seed, step), and each picture has its own generator.
    """

    def __init__(self, context: JobContext, base: Base, spec: FineTuneSpec) -> None:
        self._context = context
        self._base = base
        self._spec = spec
        self._sampled_steps = recorded_steps(context) if spec.sample_every else set()

    def catch_up(self, training: Training) -> None:
        """Make the samples that an earlier attempt owes to the step at which this one resumes."""
        if self._spec.sample_every and (step := training.state().step):
            self.write(step, training.adapter())

    def write(self, step: int, adapter: Adapter | None = None) -> None:
        """Make and report the step's samples if they are due; a running training has its own adapter attached.

        A server that is down costs these pictures, not the training.
        """
        if not self._spec.sample_every or step % self._spec.sample_every or step in self._sampled_steps:
            return
        self._sampled_steps.add(step)
        pictures = [self._picture(number, adapter) for number in range(len(self._spec.sample_prompts))]
        try:
            stored = [self._upload(step, number, picture) for number, picture in enumerate(pictures)]
        except Unavailable as error:
            log.warning("sample_not_stored", job=str(self._context.claim.job_id), reason=type(error).__name__)
            return
        self._context.progress.samples(step, stored)

    def _picture(self, number: int, adapter: Adapter | None) -> Tensor:
        """One prompt's picture, (3, H, W) in [0, 1]."""
        spec = SamplingSpec(
            prompt=self._spec.sample_prompts[number],
            seed=self._seed(number),
            steps=self._spec.sample_steps,
            guidance=self._spec.sample_guidance,
        )
        with closing(sample(self._base, spec, adapter)) as records:
            for record in records:
                if isinstance(record, SampleDone):
                    return record.pictures[0]
                self._context.progress.uncounted_step("sampling")
        raise RuntimeError("sample ended without SampleDone")

    def _upload(self, step: int, number: int, picture: Tensor) -> StoredObject:
        subject = {"prompt": self._spec.sample_prompts[number], "seed": self._seed(number)}
        recipe = {
            "base": self._spec.base,
            "fingerprint": self._spec.fingerprint,
            "steps": self._spec.sample_steps,
            "guidance": self._spec.sample_guidance,
            "training_step": step,
        }
        text = {"svdiff": json.dumps(subject | recipe, sort_keys=True)}
        details = subject | {"step": step, "width": picture.shape[-1], "height": picture.shape[-2]}
        return self._context.upload(SAMPLE, to_png(picture, text), "image/png", details)

    def _seed(self, number: int) -> int:
        return self._spec.seed + number


def recorded_steps(context: JobContext) -> set[int]:
    """The steps of which the job has samples already."""
    with context.scope() as scope:
        return {int(sample.details["step"]) for sample in artifacts.list_of_job(scope, context.claim.job_id, SAMPLE)}
