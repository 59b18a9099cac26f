"""What the judge is trained on: batches fixed by (seed, step), and the sum of its losses."""

from collections.abc import Iterator
from dataclasses import dataclass, fields

import numpy as np
import torch
import torch.nn.functional as F  # noqa: N812 — torch's own name for it
from torch import Tensor, nn

from bench.emoji_base.data.shards import Pictures
from bench.emoji_base.data.words import PREFIXES
from bench.emoji_base.judge import facts
from bench.emoji_base.judge.data.augment import augment
from bench.emoji_base.judge.data.variants import KINDS, PLAIN
from bench.emoji_base.judge.data.wrong_captions import wrong
from bench.emoji_base.judge.examples import UNKNOWN, Icons, Labels, Scenes
from bench.emoji_base.judge.recipe import JudgeRecipe
from svdiff_core.emoji.judge_image import ImageShape, ImageTower, Reading, pooled, two_layers
from svdiff_core.emoji.judge_text import TextTower, Words

FILLERS = frozenset(" ".join(PREFIXES).split()) | {"an", "the"}


class Guide(nn.Module):
    """What training needs besides the towers, and the judge does without: a place for every icon, and a scale."""

    ICON_SCALE = 16.0  # of the cosines

    def __init__(self, shape: ImageShape, icons: int) -> None:
        super().__init__()
        self.icon = two_layers(2 * shape.channels[-1], shape.hidden, shape.subject_width)
        self.icon_embedding = nn.Parameter(torch.randn(icons, shape.subject_width))
        self.scale = nn.Parameter(torch.tensor(2.0))  # of the captions' contrast, its logarithm

    def icon_logits(self, coarse: Tensor) -> Tensor:
        """Cosines, scaled, of what maps (n, C, 4, 4) show with every icon."""
        shown = F.normalize(self.icon(pooled(coarse)), dim=1)
        return self.ICON_SCALE * shown @ F.normalize(self.icon_embedding, dim=1).T


@dataclass(frozen=True)
class Losses:
    """The parts of one step's loss."""

    text: Tensor
    noun: Tensor
    sides: Tensor
    scene: Tensor
    icon: Tensor
    subject: Tensor

    def items(self) -> Iterator[tuple[str, Tensor]]:
        """Yield every part by its name."""
        return ((field.name, getattr(self, field.name)) for field in fields(self))


@dataclass(frozen=True)
class Drawn:
    """The numbers of a step's pictures: scenes, and pairs of icon pictures that show one drawing."""

    scenes: Labels
    icons: Labels


class Objective:
    """Draws batches and weighs their losses."""

    def __init__(self, recipe: JudgeRecipe, words: Words, scenes: Scenes, icons: Icons) -> None:
        self._recipe, self._words, self._scenes, self._icons = recipe, words, scenes, icons
        self._groups = icons.grouped()
        self._noun_icons = np.unique(icons.icon[icons.noun != UNKNOWN])
        self._other_icons = np.setdiff1d(np.unique(icons.icon), self._noun_icons)

    def draw(self, step: int) -> Drawn:
        """Choose the pictures of a step."""
        batch, rng = self._recipe.batch, np.random.default_rng((self._recipe.seed, step))
        nouns = min(round(batch.noun_share * batch.icons), len(self._noun_icons))
        chosen = [
            *rng.choice(self._noun_icons, nouns, replace=False),
            *rng.choice(self._other_icons, batch.icons - nouns, replace=False),
        ]
        pairs = [pair for icon in chosen for pair in self._pairs(int(icon), rng)]
        return Drawn(rng.integers(len(self._scenes.pixels), size=batch.scenes), np.concatenate(pairs))

    def losses(self, image: ImageTower, text: TextTower, guide: Guide, step: int) -> Losses:
        """Compute the losses of a step."""
        drawn, recipe = self.draw(step), self._recipe
        generator = torch.Generator().manual_seed(recipe.seed * 10_000_000 + step)
        pixels = np.concatenate([self._scenes.pixels[drawn.scenes], self._icons.pixels[drawn.icons]])
        pictures = augment(to_pictures(pixels), generator)
        with torch.autocast("cpu", torch.bfloat16):
            fine, coarse = image.features(pictures)
        reading = image.read(fine, coarse)
        n = len(drawn.scenes)
        return Losses(
            text=self._text_loss(reading.text[:n], text, guide.scale, drawn.scenes, step),
            noun=self._named(reading.noun, self._scenes.noun[drawn.scenes], self._icons.noun[drawn.icons]),
            sides=self._sides(reading, drawn),
            scene=self._named(reading.scene, self._scenes.scene[drawn.scenes], self._icons.scene[drawn.icons]),
            icon=self._named(guide.icon_logits(coarse[n:]), self._icons.icon[drawn.icons]),
            subject=self._subject_loss(reading.subject[n:], self._icons.drawing[drawn.icons]),
        )

    def total(self, losses: Losses) -> Tensor:
        """Return the weighted sum."""
        return torch.stack([getattr(self._recipe.weights, name) * value for name, value in losses.items()]).sum()

    def _pairs(self, icon: int, rng: np.random.Generator) -> list[Labels]:
        """Choose a kind of the icon's drawings, some of these, and two pictures of each."""
        kinds = self._groups[icon]
        kind = int(rng.choice(len(kinds), p=self._recipe.batch.kinds))
        drawings = kinds[kind] if len(kinds[kind]) > 1 else kinds[KINDS.index(PLAIN)]
        chosen = rng.choice(len(drawings), min(self._recipe.batch.drawings, len(drawings)), replace=False)
        return [rng.choice(drawings[number], 2, replace=False) for number in chosen]

    def _named(self, logits: Tensor, *labels: Labels) -> Tensor:
        wanted = torch.from_numpy(np.concatenate(labels))
        known = wanted != UNKNOWN
        return F.cross_entropy(logits[known], wanted[known], label_smoothing=self._recipe.smoothing)

    def _sides(self, reading: Reading, drawn: Drawn) -> Tensor:
        logits = torch.cat([reading.left, reading.right])
        left = (self._scenes.left[drawn.scenes], self._icons.left[drawn.icons])
        right = (self._scenes.right[drawn.scenes], self._icons.right[drawn.icons])
        return self._named(logits, *left, *right)

    def _text_loss(self, images: Tensor, tower: TextTower, scale: Tensor, chosen: Labels, step: int) -> Tensor:
        """Contrast every picture with all captions that are not true of it, and every caption with all such pictures.

        Each caption comes with one that is almost right.
        """
        rng = np.random.default_rng((self._recipe.seed, step, 1))
        own = [self._scenes.captions[i] for i in chosen]
        wrongs = [wrong(caption, rng) for caption in own]
        with torch.autocast("cpu", torch.bfloat16):
            texts = tower([self._dropped(text, rng) for text in (*own, *wrongs)])
        said = np.concatenate([self._scenes.said[chosen], facts.flags([facts.said(text) for text in wrongs])])
        against = torch.from_numpy(facts.contradicted(said, self._scenes.shown[chosen]))  # (n, 2n)
        n, logits = len(own), scale.exp().clamp(max=60) * images @ texts.T
        against[:, :n] |= torch.eye(n, dtype=torch.bool)
        logits = logits.masked_fill(~against, -torch.inf)
        labels = torch.arange(n)
        return (F.cross_entropy(logits, labels) + F.cross_entropy(logits[:, :n].T, labels)) / 2

    def _dropped(self, text: str, rng: np.random.Generator) -> list[int]:
        """Forget some of the words that carry no fact, so that a text without them reads the same."""
        kept = (word for word in text.split() if word not in FILLERS or rng.random() >= self._recipe.filler_dropout)
        return self._words.numbers(" ".join(kept))

    def _subject_loss(self, embeddings: Tensor, drawings: Labels) -> Tensor:
        """Find the other picture of the same drawing among all (arXiv 2004.11362)."""
        logits = self._recipe.subject_scale * embeddings @ embeddings.T
        same = torch.from_numpy(drawings[:, None] == drawings[None, :])
        own = torch.eye(len(drawings), dtype=torch.bool)
        chances = logits.masked_fill(own, -torch.inf).log_softmax(dim=1)
        return -chances[same & ~own].mean()


def to_pictures(pixels: Pictures) -> Tensor:
    """Return (n, H, W, 3) bytes as (n, 3, H, W) in [0, 1]."""
    return torch.from_numpy(pixels).permute(0, 3, 1, 2).float().div(255).contiguous()
