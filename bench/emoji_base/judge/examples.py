"""The judge's training pictures with what they show, as arrays."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from bench.emoji_base.data.scenes import Scene
from bench.emoji_base.data.shards import Pictures
from bench.emoji_base.data.words import NOUNS
from bench.emoji_base.judge import facts
from bench.emoji_base.judge.data.relatives import RELATIVES
from bench.emoji_base.judge.data.variants import KINDS, kind_of

Labels = npt.NDArray[np.int64]  # (n,)
UNKNOWN = -100  # cross-entropy passes over it

NOUN_OF_ICON = {noun.icon: facts.NOUNS.index(noun.word) for noun in NOUNS if noun.word in facts.NOUNS} | {
    icon: facts.NOUNS.index(word) for word, icons in RELATIVES.items() for icon in icons
}
COLORLESS = ("black and white", "sketch")


@dataclass(frozen=True)
class Scenes:
    """Pictures with captions: the one noun, or that of each side; the background; what is shown and what is said."""

    pixels: Pictures
    captions: tuple[str, ...]
    noun: Labels
    left: Labels
    right: Labels
    scene: Labels
    shown: facts.Flags
    said: facts.Flags


@dataclass(frozen=True)
class Icons:
    """Pictures of single icons: which icon, of which kind, in which drawing, on which background.

    Its noun is known where it has one, as a whole or on the side where it stands.
    """

    pixels: Pictures
    icon: Labels
    kind: Labels
    drawing: Labels
    scene: Labels
    noun: Labels
    left: Labels
    right: Labels

    def grouped(self) -> list[list[list[Labels]]]:
        """Return the pictures' numbers by drawing, by kind, by icon."""
        groups: list[list[list[Labels]]] = [[[] for _ in KINDS] for _ in range(int(self.icon.max()) + 1)]
        order = np.argsort(self.drawing, kind="stable")
        starts = np.flatnonzero(np.diff(self.drawing[order], prepend=-1))
        for members in np.split(order, starts[1:]):
            groups[int(self.icon[members[0]])][int(self.kind[members[0]])].append(members)
        return groups


def scenes(pixels: Pictures, plans: Sequence[Scene]) -> Scenes:
    """Label captioned pictures by their plans."""
    sides = [_sides(plan) for plan in plans]
    return Scenes(
        pixels=pixels,
        captions=tuple(plan.caption for plan in plans),
        noun=np.array([_noun(plan) for plan in plans]),
        left=np.array([left for left, _ in sides]),
        right=np.array([right for _, right in sides]),
        scene=np.array([_background(plan) for plan in plans]),
        shown=facts.flags([facts.shown(plan) for plan in plans]),
        said=facts.flags([facts.said(plan.caption) for plan in plans]),
    )


def icons(pixels: Pictures, plans: Sequence[Scene]) -> Icons:
    """Label pictures of single icons by their plans, in which an icon stands for a word."""
    shown = [(plan.things[0].set_name, plan.things[0].word) for plan in plans]
    drawings = {drawing: number for number, drawing in enumerate(sorted(set(shown)))}
    names = {name: number for number, name in enumerate(sorted({name for _, name in drawings}))}
    nouns = np.array([NOUN_OF_ICON.get(name, UNKNOWN) for _, name in shown])
    x = np.array([plan.things[0].x for plan in plans])
    return Icons(
        pixels=pixels,
        icon=np.array([names[name] for _, name in shown]),
        kind=np.array([KINDS.index(kind_of(set_name)) for set_name, _ in shown]),
        drawing=np.array([drawings[drawing] for drawing in shown]),
        scene=np.array([_background(plan) for plan in plans]),
        noun=nouns,
        left=np.where(x < facts.LEFT, nouns, UNKNOWN),
        right=np.where(x > facts.RIGHT, nouns, UNKNOWN),
    )


def _noun(plan: Scene) -> int:
    """The thing itself, not what it wears; none where two things stand side by side."""
    paired = len(plan.things) == 2 and " wearing " not in plan.caption
    return UNKNOWN if paired else facts.NOUNS.index(plan.things[0].word)


def _sides(plan: Scene) -> tuple[int, int]:
    left = [facts.NOUNS.index(thing.word) for thing in plan.things if thing.x < facts.LEFT]
    right = [facts.NOUNS.index(thing.word) for thing in plan.things if thing.x > facts.RIGHT]
    return (left or [UNKNOWN])[0], (right or [UNKNOWN])[0]


def _background(plan: Scene) -> int:
    if plan.plain and plan.style in COLORLESS:
        return UNKNOWN
    return facts.BACKGROUNDS.index(facts.background_of(plan))
