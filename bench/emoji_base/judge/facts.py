"""What a caption claims and what a picture shows, as sets of facts: a caption is true of a picture or it is not.

The contrastive loss needs it: "a dog" is no wrong caption for another picture with a dog in it.
"""

from itertools import pairwise

import numpy as np
import numpy.typing as npt

from bench.emoji_base.data import sprites
from bench.emoji_base.data.scenes import Scene, place_phrase
from bench.emoji_base.data.words import COLORS, SCENES, STYLE_OPENINGS, WEARABLE

Flags = npt.NDArray[np.bool_]  # (n, facts)

NOUNS = sprites.TRAINING.words
BACKGROUNDS = (*(scene.name for scene in SCENES), *(f"{color} background" for color in COLORS))
PLACE_PHRASES = {
    **{scene.name: place_phrase(scene.name, plain=False) for scene in SCENES},
    **{f"{color} background": place_phrase(color, plain=True) for color in COLORS},
}
LEFT, RIGHT = 0.4, 0.6  # a thing's center lies beyond

FACTS = {
    fact: number
    for number, fact in enumerate(
        [(kind, word) for kind in ("shows", "left", "right") for word in NOUNS]
        + [("at", name) for name in BACKGROUNDS]
        + [("colored", color) for color in COLORS]
        + [("styled", style) for style in STYLE_OPENINGS]
        + [("wears", word) for word in WEARABLE]
    )
}


def background_of(scene: Scene) -> str:
    """Return the name of a plan's background among `BACKGROUNDS`."""
    return f"{scene.background} background" if scene.plain else scene.background


def shown(scene: Scene) -> set[int]:
    """Return the facts that hold in a plan's picture."""
    facts = {("shows", thing.word) for thing in scene.things} | {("at", background_of(scene))}
    facts |= {("left", thing.word) for thing in scene.things if thing.x < LEFT}
    facts |= {("right", thing.word) for thing in scene.things if thing.x > RIGHT}
    facts |= {("colored", thing.color) for thing in scene.things if thing.color is not None}
    if scene.style is not None:
        facts.add(("styled", scene.style))
    if " wearing " in scene.caption:
        facts.add(("wears", scene.things[1].word))
    return {FACTS[fact] for fact in facts}


def said(caption: str) -> set[int]:
    """Return the facts that a caption claims."""
    facts = {("styled", style) for style, opening in STYLE_OPENINGS.items() if caption.startswith(opening)}
    for name, phrase in PLACE_PHRASES.items():
        if caption.endswith(f" {phrase}"):
            facts.add(("at", name))
            caption = caption.removesuffix(f" {phrase}")
            break
    words = caption.split()
    nouns = [word for word in words if word in NOUNS]
    facts |= {("shows", word) for word in nouns}
    facts |= {("colored", a) for a, b in pairwise(words) if a in COLORS and b in NOUNS}
    if "wearing" in words:
        facts.add(("wears", nouns[-1]))
    if nouns and " on the left" in caption:
        facts.add(("left", nouns[0]))
    if nouns and " on the right" in caption:
        facts.add(("right", nouns[-1]))
    return {FACTS[fact] for fact in facts}


def flags(rows: list[set[int]]) -> Flags:
    """Return the sets as rows of flags."""
    table = np.zeros((len(rows), len(FACTS)), bool)
    for row, facts in zip(table, rows, strict=True):
        row[list(facts)] = True
    return table


def contradicted(claims: Flags, pictures: Flags) -> Flags:
    """Return (pictures, captions): whether the caption claims something that the picture does not show."""
    return (~pictures).astype(np.float32) @ claims.T.astype(np.float32) > 0
