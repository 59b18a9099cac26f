"""The judge's image tower: a small residual network, read as a whole and half by half."""

from dataclasses import dataclass

import torch
import torch.nn.functional as F  # noqa: N812 — torch's own name for it
from torch import Tensor, nn

SIDE = 64  # pixels


@dataclass(frozen=True)
class ImageShape:
    """Channels of the stem and of the three stages, and the widths of what is read from them."""

    stem: int = 32
    channels: tuple[int, int, int] = (64, 128, 192)
    groups: int = 8
    hidden: int = 256
    text_width: int = 128
    subject_width: int = 128


@dataclass(frozen=True)
class Reading:
    """What the tower reads in n pictures; embeddings have norm 1, the rest are logits."""

    text: Tensor  # (n, text_width), comparable with the text tower's
    subject: Tensor  # (n, subject_width)
    noun: Tensor  # (n, nouns) of the whole picture
    left: Tensor  # (n, nouns) of its left half
    right: Tensor  # (n, nouns) of its right half
    scene: Tensor  # (n, scenes)


class ImageTower(nn.Module):
    """Pictures (n, 3, 64, 64) in [0, 1] to readings."""

    def __init__(self, shape: ImageShape, nouns: int, scenes: int) -> None:
        super().__init__()
        middle, last = shape.channels[1:]
        self.stem = nn.Conv2d(3, shape.stem, 5, stride=2, padding=2)
        widths = (shape.stem, *shape.channels)
        self.stages = nn.ModuleList(
            ConvStage(before, after, shape.groups) for before, after in zip(widths, shape.channels, strict=False)
        )
        self.text = nn.Linear(3 * last, shape.text_width)
        self.subject = two_layers(2 * (middle + last), shape.hidden, shape.subject_width)
        self.noun = two_layers(2 * last, shape.hidden, nouns)
        self.scene = nn.Linear(last + middle, scenes)

    def forward(self, pictures: Tensor) -> Reading:
        """Read the pictures."""
        return self.read(*self.features(pictures))

    def read(self, fine: Tensor, coarse: Tensor) -> Reading:
        """Read the maps that `features` gives."""
        left, right = coarse.chunk(2, dim=3)  # (n, C, 4, 2) each
        halves = [half.mean(dim=(2, 3)) for half in (coarse, left, right)]
        return Reading(
            text=F.normalize(self.text(torch.cat(halves, dim=1)), dim=1),
            subject=F.normalize(self.subject(torch.cat([pooled(fine), pooled(coarse)], dim=1)), dim=1),
            noun=self.noun(pooled(coarse)),
            left=self.noun(pooled(left)),
            right=self.noun(pooled(right)),
            scene=self.scene(torch.cat([halves[0], fine.mean(dim=(2, 3))], dim=1)),
        )

    def features(self, pictures: Tensor) -> tuple[Tensor, Tensor]:
        """Maps of 8 by 8 and 4 by 4 places."""
        x = self.stem(2 * pictures - 1)
        maps = []
        for stage in self.stages:
            x = stage(x)
            maps.append(x.float())
        return maps[-2], maps[-1]


class ConvStage(nn.Module):
    """Halves the sides, then one residual block."""

    def __init__(self, before: int, after: int, groups: int) -> None:
        super().__init__()
        self.down = nn.Conv2d(before, after, 3, stride=2, padding=1, bias=False)
        self.down_norm = nn.GroupNorm(groups, after)
        self.first = nn.Conv2d(after, after, 3, padding=1, bias=False)
        self.first_norm = nn.GroupNorm(groups, after)
        self.second = nn.Conv2d(after, after, 3, padding=1, bias=False)
        self.second_norm = nn.GroupNorm(groups, after)

    def forward(self, x: Tensor) -> Tensor:
        """(n, before, H, W) to (n, after, H/2, W/2), not negative."""
        x = F.relu(self.down_norm(self.down(x)))
        y = F.relu(self.first_norm(self.first(x)))
        return F.relu(x + self.second_norm(self.second(y)))


def two_layers(width: int, hidden: int, answers: int) -> nn.Sequential:
    """A head: one hidden layer."""
    return nn.Sequential(nn.Linear(width, hidden), nn.ReLU(), nn.Linear(hidden, answers))


def pooled(x: Tensor) -> Tensor:
    """Mean and maximum over all places: (n, C, H, W) to (n, 2C)."""
    return torch.cat([x.mean(dim=(2, 3)), x.amax(dim=(2, 3))], dim=1)
