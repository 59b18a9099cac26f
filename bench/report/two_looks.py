"""Whether two subjects stand side by side in a picture, each with its own look, as the judge's image tower sees it.

Each half of a picture is searched with square windows, and a subject's alignment there is the best window's mean cosine
with the subject's own pictures. On real renders of two held-out things (67 halves), the thing's own alignment is at
least 0.85 in 95 of 100 halves, another thing's at most 0.62; `OWN_LOOK` lies between.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
import torch.nn.functional as F  # noqa: N812 — torch's own name for it
from torch import Tensor

from svdiff_core.emoji.judge import Judge
from svdiff_core.emoji.judge_image import SIDE

WINDOWS = ((32, (0, 4)), (36, (0,)))  # a window's side in pixels, and its distances from the picture's edge
TOPS = (8, 16, 24)
OWN_LOOK = 0.7


@dataclass(frozen=True)
class TwoLooks:
    """Means over pictures."""

    present: float  # the noun head finds both nouns, one in each half
    own: float  # the two subjects are in different halves, each nearer than the other and at least OWN_LOOK
    same: float  # both halves are nearer to the same one of the two: the other was mixed away
    alignment: float  # of each half with the subject that it is nearer to, if they are two; else with the one it lacks


def two_looks(judge: Judge, pictures: Tensor, words: Sequence[str], references: Sequence[Tensor]) -> TwoLooks:
    """Look at pictures (n, 3, 64, 64) for two subjects: their nouns, and their own pictures."""
    halves = torch.stack([half_alignment(judge, pictures, one) for one in references])  # (2 subjects, n, 2 halves)
    first = halves[0] > halves[1]  # (n, 2): the first subject is nearer
    straight = torch.stack([halves[0, :, 0], halves[1, :, 1]])  # (2, n): the first subject on the left
    crossed = torch.stack([halves[0, :, 1], halves[1, :, 0]])
    found = torch.where(straight.sum(0) >= crossed.sum(0), straight, crossed)
    apart = first[:, 0] != first[:, 1]
    present = [sorted(names) == sorted(words) for names in judge.top_nouns_by_side(pictures)]
    return TwoLooks(
        present=sum(present) / len(present),
        own=float((apart & (found >= OWN_LOOK).all(0)).float().mean()),
        same=float((~apart).float().mean()),
        alignment=float(found.mean()),
    )


def half_alignment(judge: Judge, pictures: Tensor, references: Tensor) -> Tensor:
    """The best window's alignment with a subject in the left and the right half, (n, 2)."""
    halves = [
        torch.stack([judge.subject_alignment(window, references) for window in windows]).amax(0)
        for windows in (_windows(pictures, left=True), _windows(pictures, left=False))
    ]
    return torch.stack(halves, dim=1)


def _windows(pictures: Tensor, *, left: bool) -> list[Tensor]:
    """Square pieces of one half of the pictures, each (n, 3, 64, 64)."""
    found = []
    for side, edges in WINDOWS:
        for edge in edges:
            x = edge if left else SIDE - side - edge
            pieces = [pictures[..., top : top + side, x : x + side] for top in TOPS]
            found += [F.interpolate(p, size=(SIDE, SIDE), mode="bilinear", align_corners=False) for p in pieces]
    return found
