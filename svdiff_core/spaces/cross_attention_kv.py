"""Keys and values of the denoiser's cross-attention (Custom Diffusion, arXiv 2212.04488)."""

from collections.abc import Mapping

from torch import Tensor, nn

from svdiff_core.shift.subsets import SUBSETS
from svdiff_core.spaces import weights
from svdiff_core.spaces.space import Undo
from svdiff_core.spaces.weights import TrainedWeights
from svdiff_core.spectral.factors import Factors


class CrossAttentionKV:
    """Trains what turns text states into keys and values; the text encoder has none of it.

    The original also learns an embedding for a new word; here the subject's token is a word that is there already.
    """

    def open(self, module: nn.Module, _factors: Factors, _seed: int) -> TrainedWeights:
        """Copies of the two projections of every cross-attention."""
        return TrainedWeights(module, _is_key_or_value)

    def insert(self, module: nn.Module, tensors: Mapping[str, Tensor]) -> Undo:
        """Let the part hold the trained weights."""
        return weights.insert(module, tensors)


def _is_key_or_value(name: str) -> bool:
    return name.endswith(".weight") and SUBSETS["CA-KV"](name.removesuffix(".weight"), ())
