"""A drawing with its colors exchanged one by one: the same shapes, told apart by other contrasts."""

import colorsys
import re

import numpy as np

HEX_COLOR = re.compile(r"(?<!url\()(?<!href=\")#(?:[0-9a-fA-F]{6}|[0-9a-fA-F]{3})\b")  # not a reference
KEPT_SHARE = 0.6  # of blacks and whites: eyes and teeth mostly stay what they are


def repainted(svg: str, seed: int) -> str:
    """Return the SVG document with every hexadecimal color exchanged, equal ones alike."""
    rng = np.random.default_rng(seed)
    found = sorted({_full(match) for match in HEX_COLOR.findall(svg)})
    turn = float(rng.uniform())
    exchanged = {color: _other(color, turn, rng) for color in found}
    return HEX_COLOR.sub(lambda match: exchanged[_full(match.group())], svg)


def _full(color: str) -> str:
    """Return a color as six lower-case digits after its mark."""
    digits = color[1:].lower()
    return "#" + (digits if len(digits) == 6 else "".join(2 * digit for digit in digits))


def _other(color: str, turn: float, rng: np.random.Generator) -> str:
    """Turn the hue by the drawing's own angle, and a little more; make it duller or livelier, darker or brighter."""
    red, green, blue = (int(color[i : i + 2], 16) / 255 for i in (1, 3, 5))
    hue, saturation, value = colorsys.rgb_to_hsv(red, green, blue)
    extreme = value < 0.3 or (value > 0.9 and saturation < 0.1)
    if extreme and rng.random() < KEPT_SHARE:
        return color
    hue = (hue + turn + rng.normal(0, 0.08)) % 1
    saturation = float(np.clip(saturation * rng.uniform(0.1, 1.3) + rng.uniform(0, 0.2), 0, 1))
    value = float(np.clip(value + rng.normal(0, 0.22), 0.08, 1))
    return "#" + "".join(f"{round(255 * part):02x}" for part in colorsys.hsv_to_rgb(hue, saturation, value))
