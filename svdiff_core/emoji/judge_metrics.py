"""A base's own judge as a metric of both kinds."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from torch import Tensor

from svdiff_core.emoji.judge import Judge, load_judge
from svdiff_core.metrics.alignment import Metrics


@dataclass(frozen=True)
class JudgedAlignment:
    """Cosines in [-1, 1]: of the picture with the prompt, and with the subject whatever stands around it."""

    judge: Judge
    name: str = "judge"

    def text_alignment(self, pictures: Tensor, prompts: Sequence[str]) -> Tensor:
        """Of each picture with the prompt of the same number, (n,); unknown words say nothing."""
        return self.judge.text_alignment(pictures, prompts)

    def image_alignment(self, pictures: Tensor, references: Tensor) -> Tensor:
        """Mean over the references, (n,)."""
        return self.judge.subject_alignment(pictures, references)


def load_metrics(folder: Path) -> Metrics:
    """The judge of a folder as the metric of text and of image alignment; JudgeInvalid if it cannot be loaded."""
    judged = JudgedAlignment(load_judge(folder))
    return Metrics(judged, judged)
