"""Pictures that a training draws on its way, so that its client sees what the shift learns."""

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
    """Draws the spec's sample prompts after every `sample_every` steps, each step once, whatever attempt it is.

    Prompt i has the job's seed + i at every step, so that the pictures of one prompt can be compared. Drawing takes
    nothing from the training's random draws: those derive from (seed, step), and each picture has its own generator.
    """

    def __init__(self, bench: JobContext, base: Base, spec: FineTuneSpec) -> None:
        self._bench = bench
        self._base = base
        self._spec = spec
        self._drawn = recorded_steps(bench) if spec.sample_every else set()

    def catch_up(self, training: Training) -> None:
        """Draw what an earlier attempt owes to the step at which this one resumes."""
        if self._spec.sample_every and (step := training.state().step):
            self.draw(step, training.adapter())

    def draw(self, step: int, shift: Adapter | None = None) -> None:
        """Draw and tell if the step is due; without a shift, as the base is: a running training has its own attached.

        A server that is down costs these pictures, not the training.
        """
        if not self._spec.sample_every or step % self._spec.sample_every or step in self._drawn:
            return
        self._drawn.add(step)
        pictures = [self._picture(number, shift) for number in range(len(self._spec.sample_prompts))]
        try:
            stored = [self._upload(step, number, picture) for number, picture in enumerate(pictures)]
        except Unavailable as error:
            log.warning("sample_not_stored", job=str(self._bench.claim.job_id), reason=type(error).__name__)
            return
        self._bench.progress.sample(step, stored)

    def _picture(self, number: int, shift: Adapter | None) -> Tensor:
        """One prompt's picture, (3, H, W) in [0, 1]."""
        asked = SamplingSpec(
            prompt=self._spec.sample_prompts[number],
            seed=self._seed(number),
            steps=self._spec.sample_steps,
            guidance=self._spec.sample_guidance,
        )
        with closing(sample(self._base, asked, shift)) as records:
            for record in records:
                if isinstance(record, SampleDone):
                    return record.pictures[0]
                self._bench.progress.drawing()
        raise RuntimeError("sample ended without SampleDone")

    def _upload(self, step: int, number: int, picture: Tensor) -> StoredObject:
        facts = {"prompt": self._spec.sample_prompts[number], "seed": self._seed(number)}
        recipe = {
            "base": self._spec.base,
            "fingerprint": self._spec.fingerprint,
            "steps": self._spec.sample_steps,
            "guidance": self._spec.sample_guidance,
            "training_step": step,
        }
        text = {"svdiff": json.dumps(facts | recipe, sort_keys=True)}
        details = facts | {"step": step, "width": picture.shape[-1], "height": picture.shape[-2]}
        return self._bench.upload(SAMPLE, to_png(picture, text), "image/png", details)

    def _seed(self, number: int) -> int:
        return self._spec.seed + number


def recorded_steps(bench: JobContext) -> set[int]:
    """The steps of which the job has samples already."""
    with bench.database.tenant(bench.claim.tenant_id) as scope:
        return {int(picture.details["step"]) for picture in artifacts.of_job(scope, bench.claim.job_id, SAMPLE)}
