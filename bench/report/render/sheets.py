"""Stored strips laid out as sheets, a title beside each."""

from collections.abc import Sequence
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

from bench.report.studio import RESULTS

GAP, LABEL, ZOOM = 4, 235, 1.5


def sheet(strips: Sequence[tuple[str, str]], path: Path, columns: int = 8) -> None:
    """Write a sheet of (title, name of a strip); a name of "" makes the title a heading."""
    drawn = [(title, _strip(name, columns) if name else None) for title, name in strips]
    width = LABEL + max(strip.width for _, strip in drawn if strip)
    height = sum((strip.height if strip else 22) + GAP for _, strip in drawn)
    paper = Image.new("RGB", (width, height), "white")
    pen = ImageDraw.Draw(paper)
    top = 0
    for title, strip in drawn:
        if strip:
            paper.paste(strip, (LABEL, top))
            pen.text((4, top + strip.height // 2 - 8), title, fill="black", font=ImageFont.load_default(13))
            top += strip.height + GAP
        else:
            pen.text((4, top + 3), title, fill="black", font=ImageFont.load_default(15))
            top += 22 + GAP
    paper.save(path, quality=88)


def _strip(name: str, columns: int) -> Image.Image:
    with Image.open(RESULTS / "pictures" / f"{name}.webp") as stored:
        picture = stored.convert("RGB")
    side = picture.height
    picture = picture.crop((0, 0, min(columns * side, picture.width), side))
    return picture.resize((round(picture.width * ZOOM), round(side * ZOOM)), Image.Resampling.LANCZOS)
