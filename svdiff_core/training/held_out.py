"""Held-out prompts, on which a training is measured while it runs, always from the same noise."""

from collections.abc import Generator, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from svdiff_core.base import Base
from svdiff_core.metrics.alignment import Metrics
from svdiff_core.parameters.sampling import SamplingSpec
from svdiff_core.sampling.class_prompts import class_prompt, named_subjects
from svdiff_core.sampling.sampler import MAX_BATCH, SampleStep, check_spec, sample_batches, sample_latents
from svdiff_core.sampling.stages import Row
from svdiff_core.training.subjects import Subject


@dataclass(frozen=True)
class HeldOut:
    """Prompts that the training does not show, how a picture of each is sampled, and the metrics that measure it.

    The picture of prompt i is sampled from seed + i at every check.
    """

    prompts: tuple[str, ...]
    metrics: Metrics
    seed: int = 0
    steps: int = 25
    guidance: float = 7.5
    max_batch: int = MAX_BATCH

    def sample(self, base: Base) -> Generator[SampleStep, None, Tensor]:
        """Sample a picture of each prompt from the base as it is; returns them, (n, 3, H, W) in [0, 1]."""
        shape, steps = check_spec(base, SamplingSpec(prompt="", steps=self.steps, guidance=self.guidance))
        rows = [Row(prompt, "", self.seed + i, self.guidance, 0.0) for i, prompt in enumerate(self.prompts)]
        return (
            yield from sample_batches(
                base, rows, steps, self.max_batch, lambda batch: sample_latents(base, batch, steps, shape)
            )
        )

    def measure(self, pictures: Tensor, subjects: Sequence[Subject]) -> tuple[float, float]:
        """Mean text and image alignment of the pictures of all prompts.

        A prompt is compared with its picture as a class prompt, without the subjects' tokens. A picture is compared
        with the pictures of every subject that its prompt names, of all where it names none.
        """
        words = [subject.words for subject in subjects]
        text = self.metrics.text.text_alignment(pictures, [class_prompt(prompt, words) for prompt in self.prompts])
        references = [reference_pictures(subject) for subject in subjects]
        by_subject = [self.metrics.image.image_alignment(pictures, own) for own in references]  # (n,) each
        named = torch.tensor(
            [named_subjects(prompt, words) for prompt in self.prompts], dtype=torch.float32
        )  # (n, subjects)
        image = (torch.stack(by_subject, dim=1).cpu() * named).sum(dim=1) / named.sum(dim=1)
        return float(text.mean()), float(image.mean())


def reference_pictures(subject: Subject) -> Tensor:
    """The subject's own pictures, (n, 3, H, W) in [0, 1]."""
    return subject.pictures.float().cpu() / 2 + 0.5
