"""The unmix loss: keeps each special token's attention off the other subject's half of a stitched picture."""

from collections.abc import Sequence
from dataclasses import dataclass

from torch import Tensor


@dataclass(frozen=True)
class Sides:
    """Where in a stitched prompt the special tokens are: positions of the sub-tokens of each."""

    left: tuple[int, ...]
    right: tuple[int, ...]


@dataclass(frozen=True)
class Halves:
    """One token's attention on its own subject's half and on the other's, each (b, h, about w/2)."""

    own: Tensor
    other: Tensor


def unmix_loss(maps: Tensor, sides: Sides) -> Tensor:
    """‖A_[V2] ⊙ M₁‖² + ‖A_[V1] ⊙ M₂‖², () (the paper's figure 4), for attention maps (b, h, w, L).

    The norm is a mean over the masked half, so that its weight means the same at any resolution.
    """
    V1, V2 = tokens_halves(maps, sides)
    return V2.other.square().mean() + V1.other.square().mean()


def tokens_halves(maps: Tensor, sides: Sides) -> tuple[Halves, Halves]:
    """The attention to the left and to the right subject's token, sub-tokens summed, cut at the vertical middle."""
    A1, A2 = (_summed(maps, positions) for positions in (sides.left, sides.right))  # (b, h, w)
    middle = maps.shape[2] // 2
    return Halves(A1[..., :middle], A1[..., middle:]), Halves(A2[..., middle:], A2[..., :middle])


def _summed(maps: Tensor, positions: Sequence[int]) -> Tensor:
    return maps[..., list(positions)].sum(-1)
