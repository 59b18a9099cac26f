"""How good the judge is on real renders: new scenes of trained drawings, and drawings of the held-out set."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from bench.emoji_base.data import held_out, sprites
from bench.emoji_base.data.drawing import draw
from bench.emoji_base.data.scenes import Scene, with_article
from bench.emoji_base.judge.data import held_out_scenes
from bench.emoji_base.judge.data.held_out_scenes import PLACES
from bench.emoji_base.judge.data.wrong_captions import other_sides
from bench.emoji_base.judge.facts import BACKGROUNDS, NOUNS, PLACE_PHRASES, background_of
from bench.emoji_base.judge.objective import to_pictures
from svdiff_core.emoji.judge import Judge
from svdiff_core.emoji.judge_image import ImageTower, Reading

Reader = Callable[[Tensor], Reading]

SIDE = 64
PAIRS = 340
SEEDS = {"trained": 101, "held_out": 102, "trained_pairs": 103, "held_out_pairs": 104, "other": 105}


@dataclass(frozen=True)
class Check:
    """Pictures (n, 3, H, W) with the plans that say what they show."""

    plans: tuple[Scene, ...]
    pictures: Tensor

    @property
    def things(self) -> Tensor:
        """The nouns from left to right, (n, 1) or (n, 2)."""
        return torch.tensor([[NOUNS.index(thing.word) for thing in plan.things] for plan in self.plans])

    @property
    def scenes(self) -> Tensor:
        """The backgrounds, (n,)."""
        return torch.tensor([BACKGROUNDS.index(background_of(plan)) for plan in self.plans])


@dataclass(frozen=True)
class Checks:
    """One thing and two things, by trained and by held-out drawings; each held-out noun as the trained sets draw it."""

    trained: Check
    held_out: Check
    trained_pairs: Check
    held_out_pairs: Check
    again: Check  # the held-out ones in other scenes
    others: tuple[Check, ...]  # one a training set


def checks(table: Mapping[tuple[str, str], Image.Image]) -> Checks:
    """Draw them all; the table holds every set's nouns."""
    training, own = sprites.TRAINING.sets, (held_out.SUBJECT_SET,)
    one, two = held_out_scenes.one_thing, held_out_scenes.two_things
    return Checks(
        trained=_drawn(one(NOUNS, training, SEEDS["trained"]), table),
        held_out=_drawn(one(NOUNS, own, SEEDS["held_out"]), table),
        trained_pairs=_drawn(two(training, PAIRS, SEEDS["trained_pairs"]), table),
        held_out_pairs=_drawn(two(own, PAIRS, SEEDS["held_out_pairs"]), table),
        again=_drawn(_elsewhere(one(NOUNS, own, SEEDS["other"])), table),
        others=tuple(
            _drawn(_elsewhere(one(NOUNS, (name,), SEEDS["other"] + 1 + i)), table) for i, name in enumerate(training)
        ),
    )


def figures(read: Reader, all_of: Checks) -> dict[str, float]:
    """Return the share of right answers of every kind by its name."""
    answers: dict[str, float] = {}
    for name in ("trained", "held_out"):
        check, pairs = getattr(all_of, name), getattr(all_of, f"{name}_pairs")
        reading, sides = read(check.pictures), read(pairs.pictures)
        answers[f"{name}_noun"] = _share(reading.noun.argmax(1) == check.things[:, 0])
        answers[f"{name}_scene"] = _share(reading.scene.argmax(1) == check.scenes)
        right = (sides.left.argmax(1) == pairs.things[:, 0]) & (sides.right.argmax(1) == pairs.things[:, 1])
        answers[f"{name}_sides"] = _share(right)
    return answers | {"retrieval": retrieval(read, all_of)}


def retrieval(read: Reader, all_of: Checks) -> float:
    """Share of held-out pictures nearer to their subject in another scene than to their noun in any training set."""
    query, own = (read(check.pictures).subject for check in (all_of.held_out, all_of.again))
    others = torch.stack([read(check.pictures).subject for check in all_of.others])  # (sets, n, d)
    return _share((query * own).sum(1) > (query * others).sum(2).amax(0))


def text_figures(judge: Judge, all_of: Checks) -> dict[str, float]:
    """Return how often the picture's own prompt fits it best, among those that differ in the noun, or in the scene."""
    nouns = judge.text_embeddings([f"a photo of {with_article(word)}" for word in NOUNS])
    scenes = judge.text_embeddings([f"a photo {PLACE_PHRASES[place]}" for place in PLACES])
    answers: dict[str, float] = {}
    for name in ("trained", "held_out"):
        check = getattr(all_of, name)
        pictures = judge.text_image_embeddings(check.pictures)
        answers[f"{name}_text_noun"] = _share((pictures @ nouns.T).argmax(1) == check.things[:, 0])
        answers[f"{name}_text_scene"] = _share((pictures @ scenes.T).argmax(1) == check.scenes)
        pairs = getattr(all_of, f"{name}_pairs")
        said = [plan.caption for plan in pairs.plans]
        right, wrong = (judge.text_alignment(pairs.pictures, texts) for texts in (said, [*map(other_sides, said)]))
        answers[f"{name}_text_sides"] = _share(right > wrong)
    return answers


@torch.no_grad()
def read_with(tower: ImageTower, pictures: Tensor) -> Reading:
    """Read many pictures in parts, by a tower that is still in training."""
    parts = [tower(part) for part in torch.split(pictures, 128)]
    return Reading(**{name: torch.cat([getattr(part, name) for part in parts]) for name in vars(parts[0])})


def _elsewhere(plans: Sequence[Scene]) -> list[Scene]:
    """Put every picture of a noun into the next one's scene: same noun, another place."""
    count = len(held_out_scenes.PLACES)
    return [plans[i - i % count + (i + 3) % count] for i in range(len(plans))]


def _drawn(plans: Sequence[Scene], table: Mapping[tuple[str, str], Image.Image]) -> Check:
    pixels = np.stack([np.asarray(draw(plan, table, SIDE)) for plan in plans])
    return Check(tuple(plans), to_pictures(pixels))


def _share(right: Tensor) -> float:
    return float(right.float().mean())
