"""A base's own judge as a metric of both kinds."""

from collections.abc import Sequence
from dataclasses import dataclass

from torch import Tensor

from svdiff_core.judge import Judge


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
