"""The prompts of an evaluation, spread evenly over all things and scenes."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from svdiff_core.emoji.evaluation.renders import Renders

STRIDES = (7, 11, 13, 17, 19, 23)  # to the second thing of a pair; one is coprime to any small number of nouns


@dataclass(frozen=True)
class ExpectedPicture:
    """A prompt, and what its picture has to show: the things from left to right, and the scene."""

    prompt: str
    things: tuple[str, ...]
    scene: str


def one_thing(renders: Renders, count: int) -> list[ExpectedPicture]:
    """Prompts such as "a photo of a dog on the beach", every noun and scene about equally often."""
    return [
        ExpectedPicture(f"a photo of {with_article(word)} {renders.scene_phrases[scene]}", (word,), scene)
        for word, scene in _cases(renders, count)
    ]


def two_things(renders: Renders, count: int) -> list[ExpectedPicture]:
    """Prompts such as "a dog and a panda on the beach"."""
    return [
        ExpectedPicture(f"{with_article(a)} and {with_article(b)} {renders.scene_phrases[scene]}", (a, b), scene)
        for a, b, scene in _pairs(renders, count)
    ]


def two_sides(renders: Renders, count: int) -> list[ExpectedPicture]:
    """Prompts such as "a dog on the left and a panda on the right on the beach"."""
    pairs = _pairs(renders, count)
    phrases = [f"{with_article(a)} on the left and {with_article(b)} on the right" for a, b, _ in pairs]
    return [
        ExpectedPicture(f"{phrase} {renders.scene_phrases[scene]}", (a, b), scene)
        for phrase, (a, b, scene) in zip(phrases, pairs, strict=True)
    ]


def with_article(word: str) -> str:
    """Put "a" or "an" before a word."""
    return f"{'an' if word[0] in 'aeiou' else 'a'} {word}"


def _cases(renders: Renders, count: int) -> list[tuple[str, str]]:
    """Step through nouns and scenes side by side; where both have come round, the scenes go one ahead."""
    nouns, scenes = renders.nouns, tuple(renders.scene_phrases)
    round_ = math.lcm(len(nouns), len(scenes))
    return [(nouns[i % len(nouns)], scenes[(i + i // round_) % len(scenes)]) for i in range(count)]


def _pairs(renders: Renders, count: int) -> list[tuple[str, str, str]]:
    """Give every noun a partner some strides away, another one in every round."""
    nouns = renders.nouns
    return [
        (word, _partner(nouns, i % len(nouns), i // len(nouns)), scene)
        for i, (word, scene) in enumerate(_cases(renders, count))
    ]


def _partner(nouns: Sequence[str], index: int, round_: int) -> str:
    stride = STRIDES[round_ % len(STRIDES)]
    return nouns[(index + stride) % len(nouns)]
