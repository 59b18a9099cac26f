"""The ten scenes and the plain colors, drawn in unit coordinates: x and y run from 0 to 1."""

from collections.abc import Callable

import numpy as np
from PIL import Image, ImageDraw

from bench.emoji_base.data.words import COLORS

Color = tuple[int, int, int]


class Canvas:
    """A square picture whose drawing calls take fractions of its side."""

    def __init__(self, side: int) -> None:
        self.side = side
        self.picture = Image.new("RGB", (side, side))
        self._draw = ImageDraw.Draw(self.picture)

    def _scaled(self, *fractions: float) -> list[float]:
        return [fraction * self.side for fraction in fractions]

    def gradient(self, top: Color, bottom: Color, start: float = 0.0, end: float = 1.0) -> None:
        """Fill the rows from start to end, from one color to the other."""
        first, last = round(start * self.side), round(end * self.side)
        share = np.linspace(0, 1, max(last - first, 1))[:, None]
        rows = np.asarray(top) * (1 - share) + np.asarray(bottom) * share  # (rows, 3)
        block = np.broadcast_to(rows[:, None].round().astype(np.uint8), (len(rows), self.side, 3))
        self.picture.paste(Image.fromarray(np.ascontiguousarray(block)), (0, first))

    def box(self, left: float, top: float, right: float, bottom: float, color: Color) -> None:
        """Fill a rectangle."""
        self._draw.rectangle(self._scaled(left, top, right, bottom), fill=color)

    def disc(self, x: float, y: float, radius: float, color: Color, *, squash: float = 1.0) -> None:
        """Fill an ellipse of the given half-width; its half-height is `squash` times that."""
        box = self._scaled(x - radius, y - radius * squash, x + radius, y + radius * squash)
        self._draw.ellipse(box, fill=color)

    def polygon(self, points: list[tuple[float, float]], color: Color) -> None:
        """Fill a polygon."""
        self._draw.polygon([(x * self.side, y * self.side) for x, y in points], fill=color)

    def line(self, points: list[tuple[float, float]], color: Color, width: float) -> None:
        """Draw a line of the given width."""
        scaled = [(x * self.side, y * self.side) for x, y in points]
        self._draw.line(scaled, fill=color, width=max(1, round(width * self.side)), joint="curve")


def _cloud(canvas: Canvas, rng: np.random.Generator) -> None:
    x, y = rng.uniform(0.1, 0.9), rng.uniform(0.06, 0.14)
    for dx, radius in ((-0.06, 0.035), (0.0, 0.05), (0.06, 0.035)):
        canvas.disc(x + dx, y, radius, (250, 252, 255), squash=0.8)


def _beach(canvas: Canvas, rng: np.random.Generator) -> None:
    canvas.gradient((96, 178, 240), (170, 218, 250), 0, 0.4)
    canvas.gradient((28, 108, 190), (60, 150, 214), 0.38, 0.6)
    canvas.gradient((246, 218, 150), (232, 196, 122), 0.58, 1)
    canvas.box(0, 0.575, 1, 0.595, (236, 246, 250))
    if rng.random() < 0.6:
        _cloud(canvas, rng)


def _snow(canvas: Canvas, rng: np.random.Generator) -> None:
    canvas.gradient((158, 178, 214), (206, 218, 236), 0, 0.7)
    canvas.disc(rng.uniform(0.2, 0.8), 1.0, 0.95, (242, 246, 252), squash=0.48)
    canvas.gradient((242, 246, 252), (252, 253, 255), 0.68, 1)
    for x, y in rng.uniform((0, 0), (1, 0.6), (12, 2)):
        canvas.disc(x, y, 0.014, (255, 255, 255))


def _grass(canvas: Canvas, rng: np.random.Generator) -> None:
    canvas.gradient((98, 174, 240), (176, 220, 250), 0, 0.56)
    canvas.gradient((104, 190, 72), (58, 146, 46), 0.55, 1)
    for x, y in rng.uniform((0.02, 0.66), (0.98, 0.97), (9, 2)):
        canvas.line([(x, y), (x + 0.012, y - 0.05)], (42, 118, 36), 0.016)
    if rng.random() < 0.6:
        _cloud(canvas, rng)


def _night(canvas: Canvas, rng: np.random.Generator) -> None:
    canvas.gradient((10, 16, 54), (34, 46, 104), 0, 0.8)
    for x, y in rng.uniform((0, 0), (1, 0.6), (10, 2)):
        canvas.disc(x, y, 0.01, (240, 240, 214))
    canvas.disc(rng.choice((0.14, 0.86)), 0.14, 0.085, (252, 240, 178))
    canvas.disc(rng.uniform(0.3, 0.7), 1.02, 0.95, (16, 30, 44), squash=0.3)


def _table(canvas: Canvas, rng: np.random.Generator) -> None:
    walls = ((214, 204, 192), (226, 222, 196), (206, 214, 218), (222, 204, 210))
    wall = walls[rng.integers(len(walls))]
    canvas.gradient(wall, (wall[0] - 12, wall[1] - 12, wall[2] - 12), 0, 0.56)
    canvas.gradient((152, 92, 48), (118, 68, 34), 0.55, 1)
    for y in (0.55, 0.68, 0.83):
        canvas.box(0, y, 1, y + 0.018, (92, 52, 26))


def _city(canvas: Canvas, rng: np.random.Generator) -> None:
    canvas.gradient((150, 178, 206), (206, 216, 226), 0, 0.75)
    tones = ((104, 112, 128), (128, 122, 126), (92, 102, 120))
    for column in range(6):
        top = rng.uniform(0.16, 0.48)
        left = column / 6 + 0.008
        canvas.box(left, top, left + 0.15, 0.75, tones[rng.integers(3)])
        for y in np.arange(top + 0.06, 0.66, 0.12):
            for x in (0.03, 0.09):
                canvas.box(left + x, y, left + x + 0.03, y + 0.045, (250, 226, 150))
    canvas.box(0, 0.74, 1, 1, (70, 74, 82))
    for x in np.arange(0.04, 1, 0.25):
        canvas.box(x, 0.86, x + 0.13, 0.885, (240, 236, 214))


def _underwater(canvas: Canvas, rng: np.random.Generator) -> None:
    canvas.gradient((48, 170, 216), (14, 74, 154), 0, 1)
    canvas.disc(rng.uniform(0.3, 0.7), 1.03, 0.9, (216, 188, 122), squash=0.2)
    for x in rng.choice((0.07, 0.16, 0.84, 0.93), 2, replace=False):
        points = [(x + 0.02 * (-1) ** i, 0.95 - 0.07 * i) for i in range(5)]
        canvas.line(points, (28, 140, 74), 0.03)
    for x, y in rng.uniform((0, 0), (1, 0.6), (5, 2)):
        canvas.disc(x, y, 0.024, (176, 226, 246))
        canvas.disc(x, y, 0.014, (66, 156, 210))


def _forest(canvas: Canvas, rng: np.random.Generator) -> None:
    canvas.gradient((150, 192, 170), (190, 214, 190), 0, 0.66)
    for column in range(6):
        x, top = column / 5 + rng.uniform(-0.05, 0.05), rng.uniform(0.06, 0.3)
        green = ((30, 84, 58), (38, 98, 64), (46, 110, 70))[rng.integers(3)]
        for step in range(3):
            y = top + step * 0.14
            half = 0.07 + 0.025 * step
            canvas.polygon([(x, y), (x - half, y + 0.2), (x + half, y + 0.2)], green)
    canvas.gradient((66, 104, 50), (48, 82, 40), 0.64, 1)


def _space(canvas: Canvas, rng: np.random.Generator) -> None:
    canvas.gradient((8, 6, 24), (34, 16, 58), 0, 1)
    for x, y in rng.uniform(0, 1, (18, 2)):
        canvas.disc(x, y, 0.01, (250, 250, 255))
    planets = ((92, 160, 206), (196, 122, 84), (124, 92, 180))
    x, y = rng.choice((0.12, 0.88)), rng.choice((0.12, 0.88))
    color = planets[rng.integers(3)]
    canvas.disc(x, y, 0.15, (226, 210, 180), squash=0.25)
    canvas.disc(x, y, 0.095, color)


def _desert(canvas: Canvas, rng: np.random.Generator) -> None:
    canvas.gradient((250, 178, 104), (252, 214, 150), 0, 0.85)
    canvas.disc(rng.choice((0.16, 0.84)), 0.15, 0.09, (255, 240, 190))
    canvas.disc(rng.uniform(0.0, 0.4), 0.98, 0.7, (216, 154, 84), squash=0.55)
    canvas.disc(rng.uniform(0.6, 1.0), 1.04, 0.75, (226, 168, 96), squash=0.5)
    canvas.gradient((222, 162, 90), (204, 142, 74), 0.8, 1)


_DRAWINGS: dict[str, Callable[[Canvas, np.random.Generator], None]] = {
    "beach": _beach,
    "snow": _snow,
    "grass": _grass,
    "night": _night,
    "table": _table,
    "city": _city,
    "underwater": _underwater,
    "forest": _forest,
    "space": _space,
    "desert": _desert,
}


def scene_background(name: str, side: int, rng: np.random.Generator) -> Image.Image:
    """Draw one of the ten scenes, side by side pixels; the same generator state gives the same layout."""
    canvas = Canvas(side)
    _DRAWINGS[name](canvas, rng)
    return canvas.picture


def plain_background(color: str, side: int, rng: np.random.Generator) -> Image.Image:
    """Fill the picture with a named color, its brightness varied by a few percent."""
    level = rng.uniform(0.94, 1.02)
    red, green, blue = (min(255, round(part * level)) for part in COLORS[color])
    return Image.new("RGB", (side, side), (red, green, blue))
