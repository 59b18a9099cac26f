"""The contact sheet: the inputs, then a row a prompt, with the base's answers beside the personalized ones."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

TILE = 160
GAP = 8
LINE = 26


@dataclass(frozen=True)
class Row:
    """One prompt: what the base made of it and what the personalized model made of it, from the same seeds."""

    base_prompt: str
    own_prompt: str
    base: tuple[Image.Image, ...]
    own: tuple[Image.Image, ...]


def draw(inputs: Sequence[Image.Image], rows: Sequence[Row], path: Path) -> None:
    """Write the sheet as PNG."""
    columns = max(len(inputs), len(rows[0].base) + len(rows[0].own))
    width = columns * (TILE + GAP) + 3 * GAP
    height = (len(rows) + 1) * (TILE + LINE + GAP) + GAP
    sheet = Image.new("RGB", (width, height), "white")
    pen = ImageDraw.Draw(sheet)
    place(sheet, inputs, GAP, GAP + LINE)
    write(pen, GAP, GAP, "four pictures of the subject")
    for number, row in enumerate(rows, start=1):
        y = GAP + number * (TILE + LINE + GAP)
        middle = 3 * GAP + len(row.base) * (TILE + GAP)
        place(sheet, row.base, GAP, y + LINE)
        place(sheet, row.own, middle, y + LINE)
        write(pen, GAP, y, f'base: "{row.base_prompt}"')
        write(pen, middle, y, f'personalized: "{row.own_prompt}"')
    sheet.save(path)


def place(sheet: Image.Image, pictures: Sequence[Image.Image], x: int, y: int) -> None:
    """Lay pictures in a row."""
    for number, picture in enumerate(pictures):
        tile = picture.convert("RGB").resize((TILE, TILE), Image.Resampling.LANCZOS)
        sheet.paste(tile, (x + number * (TILE + GAP), y))


def write(pen: ImageDraw.ImageDraw, x: int, y: int, text: str) -> None:
    """A line of text above its pictures."""
    pen.text((x, y + 4), text, fill="black", font=ImageFont.load_default(14))
