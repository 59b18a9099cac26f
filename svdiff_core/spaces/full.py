"""All weights and biases of denoiser and text encoder (DreamBooth, arXiv 2208.12242)."""

from collections.abc import Mapping

from torch import Tensor, nn

from svdiff_core.spaces import weights
from svdiff_core.spaces.space import Undo
from svdiff_core.spaces.weights import TrainedWeights
from svdiff_core.spectral.factors import Factors


class Full:
    """Trains everything that a part holds."""

    def open(self, module: nn.Module, _factors: Factors, _seed: int) -> TrainedWeights:
        """Copies of all parameters."""
        return TrainedWeights(module, lambda _name: True)

    def insert(self, module: nn.Module, tensors: Mapping[str, Tensor]) -> Undo:
        """Let the part hold the trained weights."""
        return weights.insert(module, tensors)
