"""The protocol of a parameter space, whatever it changes in the base."""

from collections.abc import Callable, Mapping
from typing import Protocol

from torch import Tensor, nn

from svdiff_core.spectral.factors import Factors
from svdiff_core.spectral.parameter_groups import ParameterGroups

Undo = Callable[[], object]


class TunedModule(Protocol):
    """One part of a base (its denoiser, its text encoder) with something in it to train.

    The trained tensors are this object's own: they outlive `detach`, after which the part is bit for bit what it was.
    """

    def attach(self) -> None:
        """Let the part run with the trained tensors, and let gradients reach them."""

    def detach(self) -> None:
        """Give the part its own weights and forwards back."""

    def groups(self) -> ParameterGroups:
        """The trained tensors; the same objects at every call."""

    def tensors(self) -> dict[str, Tensor]:
        """The trained tensors by name, as an adapter holds them: detached, maybe views."""

    def clipped_fraction(self) -> float:
        """Fraction of the singular values that the ReLU clips to zero; 0 in a space without one."""


class Space(Protocol):
    """A parameter space: what a fine-tune may change."""

    def open(self, module: nn.Module, factors: Factors, seed: int, /) -> TunedModule:
        """One part with something to train, which changes nothing yet; random starts derive from the seed alone."""


class StoredSpace(Space, Protocol):
    """A parameter space whose adapters hold tensors of its own, not shifts."""

    def insert(self, module: nn.Module, tensors: Mapping[str, Tensor]) -> Undo:
        """Insert what `TunedModule.tensors` gave into a part; the returned call takes it out again, bit for bit.

        Raises:
            ShiftDoesNotFit: the part has no weight of a tensor's name or shape; the part is as it was.
        """
