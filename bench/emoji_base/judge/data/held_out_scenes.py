"""The scenes that measure the judge, and later any base: planned evenly, drawn from fixed seeds."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from bench.emoji_base.data.demo_pictures import SCENES as SUBJECT_SCENES
from bench.emoji_base.data.scenes import Scene, place_phrase, placed, with_article
from bench.emoji_base.data.words import SCENES
from bench.emoji_base.judge.facts import NOUNS

PLACES = tuple(scene.name for scene in SCENES)


def one_thing(words: Sequence[str], sets: Sequence[str], seed: int) -> list[Scene]:
    """Plan each noun once in each scene, its drawing from one set after the other."""
    cases = [(word, place) for word in words for place in PLACES]
    return [
        _single(sets[(i + i // len(PLACES)) % len(sets)], word, place, np.random.default_rng((seed, i)))
        for i, (word, place) in enumerate(cases)
    ]


def two_things(sets: Sequence[str], count: int, seed: int) -> list[Scene]:
    """Plan pairs of different nouns, every noun and scene about equally often."""
    return [_pair(sets, i, np.random.default_rng((seed, i))) for i in range(count)]


def subject_pictures(word: str) -> list[Scene]:
    """Plan the four pictures that a subject of the held-out set is learned from."""
    return [replace(scene, things=tuple(replace(t, word=word) for t in scene.things)) for scene in SUBJECT_SCENES]


def _single(set_name: str, word: str, place: str, rng: np.random.Generator) -> Scene:
    thing = placed(set_name, word, 0.5, 0.54, rng.uniform(0.55, 0.78), rng)
    caption = f"a photo of {with_article(word)} {place_phrase(place, plain=False)}"
    return Scene(place, plain=False, things=(thing,), caption=caption, seed=int(rng.integers(2**31)))


def _pair(sets: Sequence[str], index: int, rng: np.random.Generator) -> Scene:
    word, place = NOUNS[index % len(NOUNS)], PLACES[index % len(PLACES)]
    pair = [word, str(rng.choice([other for other in NOUNS if other != word]))]
    left, right = rng.permutation(pair).tolist()
    things = tuple(
        placed(str(rng.choice(sets)), noun, x, 0.56, rng.uniform(0.4, 0.5), rng)
        for noun, x in ((left, 0.26), (right, 0.74))
    )
    said = f"{with_article(left)} on the left and {with_article(right)} on the right"
    caption = f"{said} {place_phrase(place, plain=False)}"
    return Scene(place, plain=False, things=things, caption=caption, seed=int(rng.integers(2**31)))
