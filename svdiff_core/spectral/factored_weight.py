"""One tuned weight in factored form, and how its scale s lines up with a layer's features."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import torch
from torch import Tensor

from svdiff_core.spectral import band
from svdiff_core.spectral.factors import Factor


@dataclass
class FactoredWeight:
    """W_δ = U diag(s) Vᵀ with s = ReLU(σ + δ) (eq. 2), or for a vector w_δ = s = w + δ.

    `s` is (r,), or (B, r) where every sample has its own shift; it is set anew whenever δ changes. With `bands`
    the diagonal has terms beside it (`svdiff_core.spectral.band`).
    """

    shape: torch.Size
    factor: Factor | None
    s: Tensor
    bands: Mapping[int, Tensor] = field(default_factory=dict)  # by offset

    @property
    def matrix(self) -> Factor:
        """U, σ and Vᵀ of a weight of two or more dimensions."""
        if self.factor is None:
            raise TypeError("a vector has no factors")
        return self.factor

    @property
    def batched(self) -> bool:
        """Whether every sample has its own s."""
        return self.s.ndim == 2

    def dense(self) -> Tensor:
        """The weight itself, (*shape) or (B, *shape)."""
        if self.factor is None:
            return self.s
        scaled = self.factor.U * self.s.unsqueeze(-2)  # (M, r) or (B, M, r)
        W = scaled @ self.factor.Vt
        if self.bands:
            W = W + band.dense(self.factor.U, self.bands, self.factor.Vt)
        return W.view(*self.s.shape[:-1], *self.shape)

    def rows(self, h: Tensor, *, transposed: bool = False) -> Tensor:
        """Scale h along its last dimension: (B, ..., r) with s of (r,) or (B, r); `transposed` is about the band."""
        s = self.s.view(self.s.shape[0], *[1] * (h.ndim - 2), self.s.shape[1]) if self.batched else self.s
        if not self.bands:
            return h * s
        return h * s + band.product(h, self.bands, h.ndim - 1, transposed=transposed)

    def channels(self, h: Tensor, groups: int = 1, *, transposed: bool = False) -> Tensor:
        """Scale h along its channels: (B, groups·r, *space) with s of (r,) or (B, r)."""
        space = [1] * (h.ndim - 2)
        if groups == 1:
            y = h * self.s.view(*self.s.shape, *space)
            return y + band.product(h, self.bands, 1, transposed=transposed) if self.bands else y
        r = self.s.shape[-1]
        s = self.s.view(*self.s.shape[:-1], 1, r, *space)  # (1, r, 1...) or (B, 1, r, 1...)
        by_group = h.view(h.shape[0], groups, r, *h.shape[2:])
        y = by_group * s
        if self.bands:
            y = y + band.product(by_group, self.bands, 2, transposed=transposed)
        return y.view(h.shape)
