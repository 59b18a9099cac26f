"""Sprites: one noun as one set draws it, cut to its outline, square, with transparency."""

import io
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import resvg_py
from PIL import Image

from bench.emoji_base.data import held_out
from bench.emoji_base.data.emoji_sets import EMOJI_SETS, EmojiSet, fetch, read_pictures, read_svgs
from bench.emoji_base.data.words import NOUNS, Noun

SpriteTable = dict[tuple[str, str], Image.Image]  # (set, word) → RGBA


@dataclass(frozen=True)
class Split:
    """Which sets and nouns a use of the sprites may see."""

    sets: tuple[str, ...]
    words: tuple[str, ...]


TRAINING = Split(
    sets=tuple(entry.name for entry in EMOJI_SETS if entry.name != held_out.SUBJECT_SET),
    words=tuple(noun.word for noun in NOUNS if noun.word not in held_out.NOUN_WORDS),
)
SUBJECTS = Split(sets=(held_out.SUBJECT_SET,), words=TRAINING.words)


def render_set(entry: EmojiSet, downloads: Path, side: int) -> SpriteTable:
    """Draw every noun of the vocabulary that the set has, side by side pixels."""
    archive = fetch(entry, downloads)
    if entry.pictures:
        return _picture_sprites(entry, archive, side)
    return _svg_sprites(entry, archive, side)


def save(table: SpriteTable, folder: Path) -> None:
    """Write one PNG a sprite, as folder/set/word.png."""
    for (set_name, word), sprite in table.items():
        path = folder / set_name / f"{word}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        sprite.save(path)


def load(folder: Path, split: Split) -> SpriteTable:
    """Read the sprites that a split may see, and no others."""
    pairs = ((set_name, word) for set_name in split.sets for word in split.words)
    paths = {pair: folder / pair[0] / f"{pair[1]}.png" for pair in pairs}
    return {pair: _opened(path) for pair, path in paths.items() if path.exists()}


def make(downloads: Path, folder: Path, side: int, sets: Iterable[EmojiSet] = EMOJI_SETS) -> None:
    """Render the sprites of the sets whose folder is missing."""
    for entry in sets:
        if not (folder / entry.name).exists():
            save(render_set(entry, downloads, side), folder)


def _svg_sprites(entry: EmojiSet, archive: Path, side: int) -> SpriteTable:
    svgs = read_svgs(archive, [noun.icon for noun in NOUNS])
    return {(entry.name, noun.word): _drawn(svgs[noun.icon], side) for noun in NOUNS if noun.icon in svgs}


def _picture_sprites(entry: EmojiSet, archive: Path, side: int) -> SpriteTable:
    found = read_pictures(archive, [noun.code_point for noun in NOUNS])
    return {(entry.name, noun.word): _picture(found, noun, side) for noun in NOUNS if noun.code_point in found}


def _drawn(svg: str, side: int) -> Image.Image:
    return _squared(Image.open(io.BytesIO(resvg_py.svg_to_bytes(svg_string=svg, width=2 * side))), side)


def _picture(found: dict[str, bytes], noun: Noun, side: int) -> Image.Image:
    return _squared(Image.open(io.BytesIO(found[noun.code_point])), side)


def _squared(picture: Image.Image, side: int) -> Image.Image:
    """Cut to the outline and center on a square, so that a size means the same in every set."""
    cut = picture.convert("RGBA")
    alpha = np.asarray(cut)[:, :, 3]
    rows, columns = np.nonzero(alpha > 8)
    cut = cut.crop((columns.min(), rows.min(), columns.max() + 1, rows.max() + 1))
    square = Image.new("RGBA", (max(cut.size), max(cut.size)))
    square.paste(cut, ((square.width - cut.width) // 2, (square.height - cut.height) // 2))
    return square.resize((side, side), Image.Resampling.LANCZOS)


def _opened(path: Path) -> Image.Image:
    with Image.open(path) as picture:
        return picture.convert("RGBA")
