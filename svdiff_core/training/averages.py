"""The mean of what is trained over the last steps (an EMA): steps on small batches jitter, their mean does not.

Polyak & Juditsky 1992; diffusion models are usually sampled from such a mean.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from torch import Tensor


class Averages:
    """Exponential moving averages of trained tensors, by name; with a decay of 0 there are none.

    A step counts 1 - decay; until step 1 / (1 - decay) all steps count alike, so that the start is soon forgotten.
    """

    def __init__(self, trained: Mapping[str, Tensor], decay: float) -> None:
        self._trained, self._decay = trained, decay
        self._averages = {name: tensor.detach().clone() for name, tensor in trained.items()} if decay else {}
        self._in_place = False

    def update(self, step: int) -> None:
        """Take in what is trained, after this many steps."""
        share = max(1 - self._decay, 1 / step)
        for name, average in self._averages.items():
            average.lerp_(self._trained[name].detach(), share)

    @contextmanager
    def in_place(self) -> Iterator[None]:
        """The trained tensors hold their averages meanwhile; no step may be made."""
        self._exchange()
        try:
            yield
        finally:
            self._exchange()

    def tensors(self) -> tuple[dict[str, Tensor], dict[str, Tensor]]:
        """What is trained and its averages, detached, whichever of them is in place."""
        trained = {name: tensor.detach() for name, tensor in self._trained.items()}
        return (trained | self._averages, trained) if self._in_place else (trained, self._averages)

    def restore(self, averages: Mapping[str, Tensor]) -> None:
        """Take over what `tensors` gave, by the same names."""
        for name, average in self._averages.items():
            average.copy_(averages[name])

    @property
    def names(self) -> tuple[str, ...]:
        """Of what is averaged."""
        return tuple(self._averages)

    def _exchange(self) -> None:
        for name, average in self._averages.items():
            tensor = self._trained[name]
            self._averages[name], tensor.data = tensor.data, average
        self._in_place = not self._in_place
