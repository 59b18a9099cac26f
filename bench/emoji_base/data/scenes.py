"""Scenes: what a picture shows, drawn as a plan first, so that its caption and its pixels agree."""

from dataclasses import dataclass

import numpy as np

from bench.emoji_base.data.words import COLORS, NOUNS, PREFIXES, SCENES, STYLE_OPENINGS, WEARABLE

ANIMALS = frozenset(noun.word for noun in NOUNS if noun.animal)


@dataclass(frozen=True)
class Mix:
    """How often the plans of a training set show what; the shares of a kind sum to one."""

    two: float = 0.28
    wearing: float = 0.08
    recolored: float = 0.08
    aside: float = 0.04
    scene: float = 0.75  # the rest is a plain color
    unsaid: float = 0.12  # of the captions do not name the background
    thing: float = 0.03  # of the captions of one object say "thing" for the noun
    styled: float = 0.08
    animal_weight: float = 1.4
    dog_weight: float = 2.0


@dataclass(frozen=True)
class Placed:
    """One sprite on the canvas: center and size as fractions of the side, turn in degrees."""

    set_name: str
    word: str
    x: float
    y: float
    size: float
    turn: float = 0.0
    flipped: bool = False
    tone: float = 1.0
    color: str | None = None


@dataclass(frozen=True)
class Scene:
    """A picture before it is drawn; `seed` fixes what the background leaves to chance."""

    background: str
    plain: bool
    things: tuple[Placed, ...]
    caption: str
    seed: int
    style: str | None = None


class ScenePlanner:
    """Draws plans from the sprites of one split; plan i of a seed is always the same."""

    def __init__(self, available: set[tuple[str, str]], mix: Mix, seed: int) -> None:
        self._sets: dict[str, list[str]] = {}
        for set_name, word in sorted(available):
            self._sets.setdefault(word, []).append(set_name)
        self._words = sorted(self._sets)
        weights = np.array([_weight(word, mix) for word in self._words])
        self._chances = weights / weights.sum()
        self._mix = mix
        self._seed = seed

    def plan(self, index: int) -> Scene:
        """Return plan number `index`."""
        rng = np.random.default_rng((self._seed, index))
        plain = rng.random() >= self._mix.scene
        background = str(rng.choice(list(COLORS))) if plain else SCENES[rng.integers(len(SCENES))].name
        things, phrase = self._contents(rng)
        style = str(rng.choice(tuple(STYLE_OPENINGS))) if rng.random() < self._mix.styled else None
        place = "" if rng.random() < self._mix.unsaid else f" {place_phrase(background, plain=plain)}"
        return Scene(background, plain, things, _opening(rng, style) + phrase + place, int(rng.integers(2**31)), style)

    def _contents(self, rng: np.random.Generator) -> tuple[tuple[Placed, ...], str]:
        draw, mix = rng.random(), self._mix
        if draw < mix.two:
            return self._two(rng)
        if draw < mix.two + mix.wearing:
            return self._wearing(rng)
        if draw < mix.two + mix.wearing + mix.recolored:
            return self._recolored(rng)
        if draw < mix.two + mix.wearing + mix.recolored + mix.aside:
            return self._aside(rng)
        return self._one(rng)

    def _placed(self, rng: np.random.Generator, word: str, x: float, y: float, size: float) -> Placed:
        return placed(str(rng.choice(self._sets[word])), word, x, y, size, rng)

    def _word(self, rng: np.random.Generator) -> str:
        return str(rng.choice(self._words, p=self._chances))

    def _one(self, rng: np.random.Generator) -> tuple[tuple[Placed, ...], str]:
        word = self._word(rng)
        said = "thing" if rng.random() < self._mix.thing else word
        return (self._placed(rng, word, 0.5, 0.54, rng.uniform(0.55, 0.78)),), with_article(said)

    def _aside(self, rng: np.random.Generator) -> tuple[tuple[Placed, ...], str]:
        word, left = self._word(rng), rng.random() < 0.5
        thing = self._placed(rng, word, 0.27 if left else 0.73, 0.56, rng.uniform(0.36, 0.46))
        return (thing,), f"{with_article(word)} on the {'left' if left else 'right'}"

    def _recolored(self, rng: np.random.Generator) -> tuple[tuple[Placed, ...], str]:
        word, color = self._word(rng), str(rng.choice([name for name in COLORS if name != "white"]))
        thing = self._placed(rng, word, 0.5, 0.54, rng.uniform(0.55, 0.78))
        return (Placed(**{**vars(thing), "color": color}),), f"{with_article(color)} {word}"

    def _two(self, rng: np.random.Generator) -> tuple[tuple[Placed, ...], str]:
        left, right = self._word(rng), self._word(rng)
        while right == left:
            right = self._word(rng)
        size = rng.uniform(0.4, 0.5)
        things = (
            self._placed(rng, left, 0.26, 0.56, size),
            self._placed(rng, right, 0.74, 0.56, size * rng.uniform(0.9, 1.1)),
        )
        return things, _pair_phrase(rng, with_article(left), with_article(right))

    def _wearing(self, rng: np.random.Generator) -> tuple[tuple[Placed, ...], str]:
        animals = [word for word in self._words if word in ANIMALS]
        worn = [word for word in self._words if word in WEARABLE]
        chances = np.array([_weight(word, self._mix) for word in animals])
        word, hat = str(rng.choice(animals, p=chances / chances.sum())), str(rng.choice(worn))
        size = rng.uniform(0.5, 0.62)
        head = self._placed(rng, word, 0.5, 0.62, size)
        top = head.y - size * 0.5 - size * 0.14
        on_top = Placed(str(rng.choice(self._sets[hat])), hat, head.x, top, size * 0.5, -head.turn * 0.5)
        return (head, on_top), f"{with_article(word)} wearing {with_article(hat)}"


def placed(set_name: str, word: str, x: float, y: float, size: float, rng: np.random.Generator) -> Placed:
    """Put a set's sprite about there, a little turned and toned, or mirrored."""
    return Placed(
        set_name=set_name,
        word=word,
        x=x + rng.uniform(-0.03, 0.03),
        y=y + rng.uniform(-0.03, 0.03),
        size=size,
        turn=rng.uniform(-7, 7),
        flipped=bool(rng.random() < 0.5),
        tone=rng.uniform(0.92, 1.06),
    )


def with_article(words: str) -> str:
    """Put "a" or "an" before the words."""
    return f"{'an' if words[0] in 'aeiou' else 'a'} {words}"


def place_phrase(background: str, *, plain: bool) -> str:
    """Return the words that name a background: "on the beach", "on an orange background"."""
    if plain:
        return f"on {with_article(background)} background"
    return next(scene.phrase for scene in SCENES if scene.name == background)


def _weight(word: str, mix: Mix) -> float:
    if word == "dog":
        return mix.dog_weight
    return mix.animal_weight if word in ANIMALS else 1.0


def _opening(rng: np.random.Generator, style: str | None) -> str:
    return STYLE_OPENINGS[style] if style else str(rng.choice(PREFIXES, p=(0.45, 0.15, 0.4)))


def _pair_phrase(rng: np.random.Generator, left: str, right: str) -> str:
    return str(
        rng.choice(
            (
                f"{left} on the left and {right} on the right",
                f"{left} and {right}",
                f"{left} next to {right}",
                f"{left} beside {right}",
            ),
            p=(0.5, 0.26, 0.16, 0.08),
        )
    )
