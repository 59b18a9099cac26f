"""Drawings for tests: a flat square for every noun of every set, so that no package is needed."""

import pytest
from PIL import Image

from bench.emoji_base.data.emoji_sets import EMOJI_SETS
from bench.emoji_base.data.sprites import SpriteTable
from bench.emoji_base.data.words import NOUNS
from tests.shipped_judge import judge, renders

__all__ = ["judge", "renders"]


@pytest.fixture(scope="session")
def drawings() -> SpriteTable:
    """Every noun of every set, the held-out ones too; each word has a shade of its own."""
    return {
        (entry.name, noun.word): Image.new("RGBA", (16, 16), (5 * index, 40, 255 - 5 * index, 255))
        for entry in EMOJI_SETS
        for index, noun in enumerate(NOUNS)
    }
