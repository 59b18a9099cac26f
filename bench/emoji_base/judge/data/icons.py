"""Far more drawings than the base's nouns: every plain icon that several of the training sets draw.

What makes two drawings the same subject is learned from these, so that it holds for a set that was never seen.
"""

import io
import json
import tarfile
from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import resvg_py
from PIL import Image

from bench.emoji_base.data import held_out, sprites
from bench.emoji_base.data.emoji_sets import EMOJI_SETS, EmojiSet, emoji_set, fetch, read_pictures, read_svgs
from bench.emoji_base.data.sprites import Split, SpriteTable, _squared
from bench.emoji_base.data.words import NOUNS
from bench.emoji_base.judge.data.more_sets import MORE_SETS, own_names
from bench.emoji_base.judge.data.repaint import repainted
from bench.emoji_base.judge.data.variants import REPAINTED, of_kind, seed_of

SETS = (*(entry for entry in EMOJI_SETS if entry.name != held_out.SUBJECT_SET), *MORE_SETS)
NAMING_SET, CODED_SET = "noto", "fluent-flat"  # whose metadata sorts the icons, and gives their code points
CATEGORIES = (
    *("Animals & Nature", "Food & Drink", "Activities"),
    *("Objects", "Travel & Places", "Smileys & Emotion"),
)
HELD_OUT_ICONS = frozenset(noun.icon for noun in NOUNS if noun.word in held_out.NOUN_WORDS)
LEAST_SETS = 4  # that draw an icon


def make(downloads: Path, folder: Path, side: int) -> None:
    """Render the icons of the sets whose folder is missing, and their repainted drawings."""
    names = plain_icons(downloads)
    for entry in SETS:
        if not (folder / entry.name).exists():
            sprites.save(repainted_set(entry, names, downloads, side), folder)
            sprites.save(render_set(entry, names, downloads, side), folder)
            print(f"judge: rendered the icons of {entry.name}", flush=True)


def load(folder: Path) -> SpriteTable:
    """Read all rendered icons that at least `LEAST_SETS` sets draw, plain and repainted."""
    plain = [entry.name for entry in SETS]
    counts = Counter(path.stem for name in plain for path in (folder / name).glob("*.png"))
    names = tuple(sorted(name for name, count in counts.items() if count >= LEAST_SETS))
    return sprites.load(folder, Split((*plain, *(of_kind(name, REPAINTED) for name in plain)), names))


def nouns_of(table: SpriteTable) -> SpriteTable:
    """Return the icons of the base's nouns, by their words."""
    words = {noun.icon: noun.word for noun in NOUNS}
    return {(name, words[icon]): sprite for (name, icon), sprite in table.items() if icon in words}


def plain_icons(downloads: Path) -> tuple[str, ...]:
    """Name the icons of things, places, food, animals and faces; no people, no symbols, none of the held-out nouns."""
    categories = _packed(fetch(emoji_set(NAMING_SET), downloads), "metadata")["categories"]
    names = {icon for category in CATEGORIES for icon in categories[category]}
    return tuple(sorted((names | {noun.icon for noun in NOUNS}) - HELD_OUT_ICONS))


def render_set(entry: EmojiSet, names: Iterable[str], downloads: Path, side: int) -> SpriteTable:
    """Draw the named icons that the set has, side by side pixels."""
    archive = fetch(entry, downloads)
    if entry.pictures:
        files = _pictures(archive, _codes(names, downloads))
    else:
        files = {name: _rendered(svg, side) for name, svg in _drawings(entry, archive, names).items()}
    return {(entry.name, name): _sprite(data, side) for name, data in files.items()}


def repainted_set(entry: EmojiSet, names: Iterable[str], downloads: Path, side: int) -> SpriteTable:
    """Draw the named icons with their colors exchanged; a set of ready-made pictures has none."""
    svgs = {} if entry.pictures else _drawings(entry, fetch(entry, downloads), names)
    painted = {name: repainted(svg, seed_of(entry.name, name)) for name, svg in svgs.items()}
    return {
        (of_kind(entry.name, REPAINTED), name): _sprite(_rendered(svg, side), side) for name, svg in painted.items()
    }


def _rendered(svg: str, side: int) -> bytes:
    return bytes(resvg_py.svg_to_bytes(svg_string=svg, width=2 * side))


def _sprite(data: bytes, side: int) -> Image.Image:
    return _squared(Image.open(io.BytesIO(data)), side)


def _pictures(archive: Path, codes: Mapping[str, str]) -> dict[str, bytes]:
    found = read_pictures(archive, list(codes.values()))
    return {name: found[code] for name, code in codes.items() if code in found}


def _drawings(entry: EmojiSet, archive: Path, names: Iterable[str]) -> dict[str, str]:
    own = own_names(entry, list(names), _packed(archive, "icons")["icons"])
    svgs = read_svgs(archive, list(own.values()))
    return {name: svgs[own[name]] for name in own}


def _codes(names: Iterable[str], downloads: Path) -> dict[str, str]:
    """Return {icon: code point} as the picture set names its files."""
    chars = _packed(fetch(emoji_set(CODED_SET), downloads), "chars")
    codes = {icon: code for code, icon in chars.items()} | {noun.icon: noun.code_point for noun in NOUNS}
    return {name: codes[name] for name in names if name in codes}


def _packed(archive: Path, part: str) -> Any:
    """Read one of the tables of an archive."""
    with tarfile.open(archive) as tar:
        stream = tar.extractfile(f"package/{part}.json")
        if stream is None:
            raise FileNotFoundError(part)
        return json.load(stream)
