"""Cut-Mix: which step trains on stitched pictures, and how two pictures are stitched (the paper's figure 4).

Pictures are stitched as pixels and encoded anew in each stitched step. Stitched latents would cost nothing, but an
autoencoder looks across the seam: on the emoji base the two columns of latents beside it then are wrong by 40 % (5-10 %
elsewhere), and the seam is the one place where two subjects meet. Encoding a step's eight pictures makes that step a
sixth longer there. To encode every pair once instead would fix the pieces, or keep thousands of latents.
"""

from dataclasses import dataclass

import torch
import torch.nn.functional as F  # noqa: N812 — torch's own name for it
from torch import Tensor

from svdiff_core.training.rng import derive_seed


@dataclass(frozen=True)
class Pair:
    """Two subjects of a stitched step, by number; with `name_sides` the prompt says which is on which side."""

    left: int
    right: int
    name_sides: bool


def draw_subjects(n: int, probability: float, seed: int, step: int) -> int | Pair:
    """Draw what this step of a training of n ≥ 2 subjects shows: one of them, or two without replacement."""
    generator = torch.Generator("cpu").manual_seed(derive_seed(seed, step, "cut-mix"))
    u_stitch, u_sides = torch.rand(2, generator=generator, dtype=torch.float64).tolist()
    left, right = torch.randperm(n, generator=generator)[:2].tolist()
    return Pair(left, right, u_sides < 0.5) if u_stitch < probability else left


def stitch(left: Tensor, right: Tensor, generator: torch.Generator, min_scale: float = 1.0) -> Tensor:
    """Pictures (b, c, H, W), each of two half-width, full-height pieces of pictures like it.

    A piece's center is at most W/8 off its picture's, so that it shows the subject and not only its surroundings.
    Where `min_scale` is below 1, each picture is scaled by a factor drawn from [min_scale, 1]: a subject then fits
    into a half.
    """
    W = left.shape[-1]
    middle = W // 2
    rows = [
        torch.cat([_piece(a, middle, generator, min_scale), _piece(b, W - middle, generator, min_scale)], dim=-1)
        for a, b in zip(left, right, strict=True)
    ]
    return torch.stack(rows)


def _piece(picture: Tensor, width: int, generator: torch.Generator, min_scale: float) -> Tensor:
    """`width` columns of a picture (c, H, W) from near its middle."""
    if min_scale < 1:
        picture = _reduce(picture, min_scale + (1 - min_scale) * float(torch.rand((), generator=generator)))
    W = picture.shape[-1]
    center = (W - width) // 2
    reach = min(W // 8, center)
    first = center - reach + int(torch.randint(2 * reach + 1, (), generator=generator))
    return picture[..., first : first + width]


def _reduce(picture: Tensor, factor: float) -> Tensor:
    """The picture (c, H, W) scaled down, (c, H, at least W/2): its outermost rows are repeated up to its height."""
    H, W = picture.shape[-2:]
    size = (max(round(factor * H), 1), max(round(factor * W), -(-W // 2)))
    small = F.interpolate(picture[None], size, mode="bilinear", antialias=True, align_corners=False)
    above = (H - size[0]) // 2
    return F.pad(small, (0, 0, above, H - size[0] - above), mode="replicate")[0]
