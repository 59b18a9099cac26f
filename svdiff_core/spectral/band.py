"""Off-diagonal terms beside the singular values: W = U (diag(s) + B) Vᵀ (SVFT, arXiv 2405.19597).

B is banded. Its diagonal at offset d ≠ 0 is a vector b of r - |d| values, from the top left: B[i, i + d] for d > 0,
B[i - d, i] for d < 0. In a shift, the b of layer `x` at offset d is named `x@+1`, `x@-1` and so on.
"""

from collections.abc import Mapping

from torch import Tensor
from torch.nn import functional


def offsets(width: int) -> list[int]:
    """The off-diagonals of a band that reaches `width` terms to each side."""
    return [d for k in range(1, width + 1) for d in (k, -k)]


def product(h: Tensor, bands: Mapping[int, Tensor], dim: int, *, transposed: bool = False) -> Tensor:
    """B h, or Bᵀ h, along dimension `dim` ≥ 1 of h; the b are (r - |d|,), or (B, r - |d|) for one a sample."""
    total = h.new_zeros(())
    for d, b in bands.items():
        total = total + _diagonal(h, b, -d if transposed else d, dim)
    return total


def dense(U: Tensor, bands: Mapping[int, Tensor], Vt: Tensor) -> Tensor:
    """U B Vᵀ, (M, N) or (B, M, N)."""
    r = U.shape[1]
    total = U.new_zeros(())
    for d, b in bands.items():
        rows, columns = max(-d, 0), max(d, 0)
        n = r - abs(d)
        scaled = U[:, rows : rows + n] * b.unsqueeze(-2)  # (M, n) or (B, M, n)
        total = total + scaled @ Vt[columns : columns + n]
    return total


def _diagonal(h: Tensor, b: Tensor, d: int, dim: int) -> Tensor:
    """y[i] = b h[i + d] in reach of the diagonal, 0 elsewhere."""
    n, after = b.shape[-1], h.ndim - dim - 1
    reached = h.narrow(dim, max(d, 0), n)
    ahead = [1] * (dim - 1) if b.ndim == 2 else []
    scaled = reached * b.view(*b.shape[:-1], *ahead, n, *[1] * after)
    return functional.pad(scaled, [0, 0] * after + [max(-d, 0), max(d, 0)])
