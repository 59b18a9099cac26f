"""The trained tensors of a part, in groups by learning rate."""

from collections.abc import Mapping
from dataclasses import dataclass

from torch import Tensor


@dataclass(frozen=True)
class ParameterGroups:
    """Trained tensors of one part by name: those of `learning_rate`, and those of `learning_rate_1d`."""

    matrices: Mapping[str, Tensor]
    vectors: Mapping[str, Tensor]

    @property
    def all(self) -> dict[str, Tensor]:
        """Both, in the order in which they count for the norm of the gradient."""
        return {**self.matrices, **self.vectors}
