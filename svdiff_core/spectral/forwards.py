"""The factored forwards of linear, embedding and norm layers."""

from collections.abc import Callable

from torch import Tensor, nn
from torch.nn import functional

from svdiff_core.spectral.factored_weight import FactoredWeight


def linear(layer: nn.Linear, factored: FactoredWeight) -> Callable[[Tensor], Tensor]:
    """The layer y = U(s ⊙ Vᵀx) + b."""

    def forward(x: Tensor) -> Tensor:  # (B, ..., N)
        h = functional.linear(x, factored.matrix.Vt)  # (B, ..., r)
        return functional.linear(factored.rows(h), factored.matrix.U, layer.bias)  # (B, ..., M)

    return forward


def embedding(_layer: nn.Embedding, factored: FactoredWeight) -> Callable[[Tensor], Tensor]:
    """Row i of W_δ is (U[i] ⊙ s) Vᵀ: only the rows of these ids are rebuilt."""

    def forward(ids: Tensor) -> Tensor:  # (B, T)
        h = functional.embedding(ids, factored.matrix.U)  # (B, T, r)
        return factored.rows(h, transposed=True) @ factored.matrix.Vt  # (B, T, N)

    return forward


def layer_norm(layer: nn.LayerNorm, factored: FactoredWeight) -> Callable[[Tensor], Tensor]:
    """Layer norm with scale w + δ; a scale of two or more dimensions is a matrix like any other."""
    shape = list(layer.normalized_shape)

    def forward(x: Tensor) -> Tensor:  # (B, ..., *shape)
        w = factored.dense()  # (*shape) or (B, *shape)
        if not factored.batched:
            return functional.layer_norm(x, shape, w, layer.bias, layer.eps)
        w = w.view(w.shape[0], *[1] * (x.ndim - 1 - len(shape)), *shape)
        y = functional.layer_norm(x, shape, None, None, layer.eps) * w
        return y if layer.bias is None else y + layer.bias

    return forward


def group_norm(layer: nn.GroupNorm, factored: FactoredWeight) -> Callable[[Tensor], Tensor]:
    """Group norm with scale w + δ."""

    def forward(x: Tensor) -> Tensor:  # (B, C, *space)
        if not factored.batched:
            return functional.group_norm(x, layer.num_groups, factored.s, layer.bias, layer.eps)
        y = factored.channels(functional.group_norm(x, layer.num_groups, None, None, layer.eps))
        return y if layer.bias is None else y + layer.bias.view(-1, *[1] * (x.ndim - 2))

    return forward
