"""Captions that are almost right: another noun, another place, or the sides exchanged."""

import numpy as np

from bench.emoji_base.data.scenes import with_article
from bench.emoji_base.data.words import WEARABLE
from bench.emoji_base.judge.facts import NOUNS, PLACE_PHRASES


def other_noun(caption: str, rng: np.random.Generator) -> str:
    """Put another noun in the place of one of the caption's; unchanged where it names none."""
    words = caption.split()
    places = [i for i, word in enumerate(words) if word in NOUNS]
    if not places:
        return caption
    place = int(rng.choice(places))
    worn = "wearing" in words[:place]
    words[place] = str(rng.choice(WEARABLE if worn else NOUNS))
    if words[place - 1] in ("a", "an"):
        words[place - 1 : place + 1] = with_article(words[place]).split()
    return " ".join(words)


def other_place(caption: str, rng: np.random.Generator) -> str:
    """Put another background in the place of the caption's; add one where it names none."""
    for phrase in PLACE_PHRASES.values():
        if caption.endswith(f" {phrase}"):
            caption = caption.removesuffix(f" {phrase}")
            break
    return f"{caption} {rng.choice(list(PLACE_PHRASES.values()))}"


def other_sides(caption: str) -> str:
    """Exchange left and right."""
    return caption.replace(" left", " @").replace(" right", " left").replace(" @", " right")


def wrong(caption: str, rng: np.random.Generator) -> str:
    """Return a caption that differs from this one in one thing."""
    sided = " on the left" in caption or " on the right" in caption
    draw = rng.random()
    if sided and draw < 0.4:
        return other_sides(caption)
    return other_noun(caption, rng) if draw < 0.75 else other_place(caption, rng)
