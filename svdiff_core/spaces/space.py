"""What `Training` asks of a parameter space, whatever it changes in the base."""

from collections.abc import Callable, Mapping
from typing import Protocol

from torch import Tensor, nn

from svdiff_core.spectral.factors import Factors
from svdiff_core.spectral.groups import ParameterGroups

Undo = Callable[[], object]


class TunedModule(Protocol):
    """One part of a base (its denoiser, its text encoder) with something in it to train.

    Trained tensors are the tuning's own: they outlive `detach`, after which the part is bit for bit what it was.
    """

    def attach(self) -> None:
        """Let the part run with the trained tensors, and let gradients reach them."""

    def detach(self) -> None:
        """Give the part its own weights and forwards back."""

    def groups(self) -> ParameterGroups:
        """All that is trained; the same tensors at every call."""

    def tensors(self) -> dict[str, Tensor]:
        """The result by name, as it is stored: detached, maybe views."""

    def clipped_fraction(self) -> float:
        """Share of the singular values that the ReLU holds at zero; 0 in a space without one."""


class Space(Protocol):
    """A kind of tuning."""

    def open(self, module: nn.Module, factors: Factors, seed: int, /) -> TunedModule:
        """A tuning of one part that changes nothing yet; random starts derive from the seed alone."""


class StoredSpace(Space, Protocol):
    """A kind of tuning whose result is stored as tensors of its own, not as a shift."""

    def put(self, module: nn.Module, tensors: Mapping[str, Tensor]) -> Undo:
        """Put a result of `tensors` into a part; the call that is returned takes it out again, bit for bit.

        Raises:
            ShiftDoesNotFit: a tensor has no place in the part, or another shape; the part is as it was.
        """
