"""Norms with a shifted scale: one scale for all samples, or one a sample."""

from collections.abc import Callable

from torch import Tensor, nn
from torch.nn import functional

from svdiff_core.spectrum import Spectrum


def layer_norm(layer: nn.LayerNorm, spectrum: Spectrum) -> Callable[[Tensor], Tensor]:
    """Layer norm with scale w + δ; a scale of two or more dimensions is a matrix like any other."""
    shape = list(layer.normalized_shape)

    def forward(x: Tensor) -> Tensor:  # (B, ..., *shape)
        w = spectrum.dense()  # (*shape) or (B, *shape)
        if not spectrum.batched:
            return functional.layer_norm(x, shape, w, layer.bias, layer.eps)
        w = w.view(w.shape[0], *[1] * (x.ndim - 1 - len(shape)), *shape)
        y = functional.layer_norm(x, shape, None, None, layer.eps) * w
        return y if layer.bias is None else y + layer.bias

    return forward


def group_norm(layer: nn.GroupNorm, spectrum: Spectrum) -> Callable[[Tensor], Tensor]:
    """Group norm with scale w + δ."""

    def forward(x: Tensor) -> Tensor:  # (B, C, *space)
        if not spectrum.batched:
            return functional.group_norm(x, layer.num_groups, spectrum.s, layer.bias, layer.eps)
        y = spectrum.channels(functional.group_norm(x, layer.num_groups, None, None, layer.eps))
        return y if layer.bias is None else y + layer.bias.view(-1, *[1] * (x.ndim - 2))

    return forward
