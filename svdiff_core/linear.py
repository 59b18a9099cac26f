"""Linear and embedding layers in factored form."""

from collections.abc import Callable

from torch import Tensor, nn
from torch.nn import functional

from svdiff_core.spectrum import Spectrum


def linear(layer: nn.Linear, spectrum: Spectrum) -> Callable[[Tensor], Tensor]:
    """The layer y = U(s ⊙ Vᵀx) + b."""

    def forward(x: Tensor) -> Tensor:  # (B, ..., N)
        h = functional.linear(x, spectrum.matrix.Vt)  # (B, ..., r)
        return functional.linear(spectrum.rows(h), spectrum.matrix.U, layer.bias)  # (B, ..., M)

    return forward


def embedding(_layer: nn.Embedding, spectrum: Spectrum) -> Callable[[Tensor], Tensor]:
    """Row i of W_δ is (U[i] ⊙ s) Vᵀ: only the rows asked for are rebuilt."""

    def forward(ids: Tensor) -> Tensor:  # (B, T)
        h = functional.embedding(ids, spectrum.matrix.U)  # (B, T, r)
        return spectrum.rows(h, transposed=True) @ spectrum.matrix.Vt  # (B, T, N)

    return forward
