"""The interface of metrics of pictures (n, 3, H, W) in [0, 1]: text and image alignment. More is better."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from torch import Tensor


class TextAlignment(Protocol):
    """How well pictures fit prompts."""

    @property
    def name(self) -> str:
        """The metric's name: values of different names cannot be compared."""

    def text_alignment(self, pictures: Tensor, prompts: Sequence[str]) -> Tensor:
        """Of each picture with the prompt of the same number, (n,)."""


class ImageAlignment(Protocol):
    """How much pictures show of a subject."""

    @property
    def name(self) -> str:
        """The metric's name: values of different names cannot be compared."""

    def image_alignment(self, pictures: Tensor, references: Tensor) -> Tensor:
        """Of each picture, the mean over the subject's m pictures (m, 3, H', W') in [0, 1]: (n,)."""


@dataclass(frozen=True)
class Metrics:
    """The two axes of the paper's comparison."""

    text: TextAlignment
    image: ImageAlignment
