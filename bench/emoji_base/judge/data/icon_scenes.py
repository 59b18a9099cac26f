"""Scenes of single icons, planned like the base's scenes of one thing."""

from dataclasses import dataclass

import numpy as np

from bench.emoji_base.data.scenes import Placed, Scene
from bench.emoji_base.data.words import COLORS, NOUNS, SCENES

PLAIN_SHARE = 0.2
ASIDE_SHARE = 0.3  # stand small on one side, like the things of a pair

Drawing = tuple[str, str]  # (set, icon)


@dataclass(frozen=True)
class Counts:
    """How many scenes show each drawing of a noun of the base, and each other drawing."""

    noun: int = 40
    other: int = 6


class IconPlanner:
    """Plans scene after scene of each drawing; the plans of a seed are always the same."""

    def __init__(self, drawings: list[Drawing], counts: Counts, seed: int) -> None:
        nouns = {noun.icon for noun in NOUNS}
        self.shown = [
            drawing for drawing in sorted(drawings) for _ in range(counts.noun if drawing[1] in nouns else counts.other)
        ]
        self._seed = seed

    def plan(self, index: int) -> Scene:
        """Return scene number `index`; it has no caption."""
        rng = np.random.default_rng((self._seed, index))
        plain = bool(rng.random() < PLAIN_SHARE)
        background = str(rng.choice(list(COLORS))) if plain else SCENES[rng.integers(len(SCENES))].name
        aside = bool(rng.random() < ASIDE_SHARE)
        center = float(rng.choice((0.27, 0.73))) if aside else 0.5
        thing = Placed(
            *self.shown[index],
            x=center + rng.uniform(-0.06, 0.06),
            y=rng.uniform(0.46, 0.6),
            size=rng.uniform(0.36, 0.5) if aside else rng.uniform(0.48, 0.82),
            turn=rng.uniform(-9, 9),
            flipped=bool(rng.random() < 0.5),
            tone=rng.uniform(0.9, 1.08),
        )
        return Scene(background, plain, (thing,), "", int(rng.integers(2**31)))
