"""One tuned weight in factored form, and how its scale s lines up with a layer's features."""

from dataclasses import dataclass

import torch
from torch import Tensor

from svdiff_core.factors import Factor


@dataclass
class Spectrum:
    """W_δ = U diag(s) Vᵀ with s = ReLU(σ + δ) (eq. 2), or for a vector w_δ = s = w + δ.

    `s` is (r,), or (B, r) where every sample has its own shift; it is set anew whenever δ changes.
    """

    shape: torch.Size
    factor: Factor | None
    s: Tensor

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
        return (scaled @ self.factor.Vt).view(*self.s.shape[:-1], *self.shape)

    def rows(self, h: Tensor) -> Tensor:
        """Scale h along its last dimension: (B, ..., r) with s of (r,) or (B, r)."""
        if not self.batched:
            return h * self.s
        return h * self.s.view(self.s.shape[0], *[1] * (h.ndim - 2), self.s.shape[1])

    def channels(self, h: Tensor, groups: int = 1) -> Tensor:
        """Scale h along its channels: (B, groups·r, *space) with s of (r,) or (B, r)."""
        space = [1] * (h.ndim - 2)
        if groups == 1:
            return h * self.s.view(*self.s.shape, *space)
        r = self.s.shape[-1]
        s = self.s.view(*self.s.shape[:-1], 1, r, *space)  # (1, r, 1...) or (B, 1, r, 1...)
        return (h.view(h.shape[0], groups, r, *h.shape[2:]) * s).view(h.shape)
