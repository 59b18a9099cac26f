"""More drawings from the same icons: each also with its hues turned or its colors exchanged, as drawings of their own.

Color then tells subjects apart, and is no part of what a noun is. Hues are turned alike in all sets, so that these
drawings of an icon are as hard to tell apart as the plain ones.
"""

import zlib

import numpy as np
from PIL import Image

from bench.emoji_base.data.sprites import SpriteTable

PLAIN, TURNED, REPAINTED = KINDS = ("plain", "turned", "repainted")
LEAST_CHANGE = 24.0  # mean levels a pixel; below it the eye takes the two for one
IN_COMPANY = {TURNED: 1, REPAINTED: 2}  # drawings of each noun and kind that join captioned scenes


def kind_of(set_name: str) -> str:
    """Return the kind that a set's name carries."""
    return set_name.partition("~")[2] or PLAIN


def of_kind(set_name: str, kind: str) -> str:
    """Return the name of a set's drawings of a kind."""
    return f"{set_name}~{kind}"


def seed_of(*names: str) -> int:
    """Return a number that is the same in every process."""
    return zlib.crc32("/".join(names).encode())


def all_kinds(table: SpriteTable) -> SpriteTable:
    """Return plain and repainted drawings, and the plain ones with their hues turned, where the eye can tell."""
    plain = {key: sprite for key, sprite in table.items() if kind_of(key[0]) == PLAIN}
    turned = {(of_kind(name, TURNED), icon): _turned(sprite, seed_of(icon)) for (name, icon), sprite in plain.items()}
    other = {key: sprite for key, sprite in table.items() if kind_of(key[0]) != PLAIN} | turned
    return plain | {key: sprite for key, sprite in other.items() if _change(sprite, plain[_origin(key)]) > LEAST_CHANGE}


def in_company(table: SpriteTable) -> SpriteTable:
    """Return all plain drawings of a table of all kinds, and a few of every other kind."""
    chosen = {key: sprite for key, sprite in table.items() if kind_of(key[0]) == PLAIN}
    for kind, count in IN_COMPANY.items():
        for icon in sorted({icon for _, icon in table}):
            names = sorted((name for name, own in table if own == icon and kind_of(name) == kind), key=seed_of)
            chosen |= {(name, icon): table[name, icon] for name in names[:count]}
    return chosen


def _origin(key: tuple[str, str]) -> tuple[str, str]:
    return key[0].partition("~")[0], key[1]


def _turned(sprite: Image.Image, seed: int) -> Image.Image:
    """Turn all hues by 50° to 310°, in the 256 levels that Pillow's hues have."""
    angle = int(np.random.default_rng(seed).uniform(50, 310) * 256 / 360)
    hue, saturation, value = sprite.convert("RGB").convert("HSV").split()
    colors = Image.merge("HSV", (hue.point(lambda level: (level + angle) % 256), saturation, value)).convert("RGB")
    colors.putalpha(sprite.getchannel("A"))
    return colors


def _change(one: Image.Image, other: Image.Image) -> float:
    a, b = (np.asarray(sprite, np.float32) for sprite in (one, other))
    solid = a[:, :, 3] > 128
    return float(np.abs(a - b)[solid][:, :3].mean()) if solid.any() else 0.0
