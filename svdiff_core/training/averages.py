"""The mean of what is trained over the last steps (an EMA): steps on small batches jitter, their mean does not.

Polyak & Juditsky 1992; diffusion models are usually sampled from such a mean.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from torch import Tensor


class Averages:
    """Exponential moving averages of trained tensors, by name; with a decay of 0 there are none.

    A step has the weight 1 - decay; until step 1 / (1 - decay) all steps have equal weights, so that the start is soon
    forgotten.
    """

    def __init__(self, trained: Mapping[str, Tensor], decay: float) -> None:
        self._trained, self._decay = trained, decay
        self._averages = {name: tensor.detach().clone() for name, tensor in trained.items()} if decay else {}
        self._swapped = False

    def update(self, step: int) -> None:
        """Update the averages by the trained tensors after this step, counted from 1."""
        weight = max(1 - self._decay, 1 / step)
        for name, average in self._averages.items():
            average.lerp_(self._trained[name].detach(), weight)

    @contextmanager
    def with_averages(self) -> Iterator[None]:
        """Let the trained tensors hold their averages meanwhile; no step may be made."""
        self._swap()
        try:
            yield
        finally:
            self._swap()

    def tensors(self) -> tuple[dict[str, Tensor], dict[str, Tensor]]:
        """The trained tensors and their averages, detached, also while they are swapped."""
        trained = {name: tensor.detach() for name, tensor in self._trained.items()}
        return (trained | self._averages, trained) if self._swapped else (trained, self._averages)

    def restore(self, averages: Mapping[str, Tensor]) -> None:
        """Copy averages that `tensors` gave, by the same names."""
        for name, average in self._averages.items():
            average.copy_(averages[name])

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the averages."""
        return tuple(self._averages)

    def _swap(self) -> None:
        for name, average in self._averages.items():
            tensor = self._trained[name]
            self._averages[name], tensor.data = tensor.data, average
        self._swapped = not self._swapped
