"""The picture beside the table: what the base draws, and what it draws of a subject after a fine-tune."""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from PIL import Image, ImageDraw
from torch import Tensor

from svdiff_core.emoji.evaluation.base_rows import Answers, Drawn
from svdiff_core.emoji.evaluation.personalization import PICTURES_A_SCENE, SCENES, Personalized

COLUMNS = 12
GAP, LINE = 2, 14  # pixels; a line of text


@dataclass(frozen=True)
class Strip:
    """One line of pictures (n, 3, H, W), and the words over it."""

    title: str
    pictures: Tensor


def grid(answers: Answers, personalized: Sequence[Personalized]) -> Image.Image:
    """Lay out the first and evenly chosen pictures of each row, then a line for every subject."""
    strips = [
        *_strips("one object", answers.one, lines=3),
        *_strips("two objects", answers.two, lines=1),
        *_strips("left and right", answers.sides, lines=1),
        *map(_subject_strip, personalized),
    ]
    return _sheet(strips)


def _strips(kind: str, drawn: Drawn, lines: int) -> list[Strip]:
    chosen = _spread(len(drawn.asked), lines * COLUMNS)
    parts = [chosen[i : i + COLUMNS] for i in range(0, len(chosen), COLUMNS)]
    return [Strip(f"{kind}: {_told(drawn, part)}", drawn.pictures[part]) for part in parts]


def _told(drawn: Drawn, part: Sequence[int]) -> str:
    return " · ".join(f"{', '.join(drawn.asked[i].things)} / {drawn.asked[i].scene}" for i in part)


def _subject_strip(one: Personalized) -> Strip:
    each = slice(None, None, PICTURES_A_SCENE)
    case = one.case
    title = f"{case.word}: its own pictures, then {', '.join(SCENES)} by the base, and after the fine-tune"
    return Strip(title, torch.cat([case.references, case.before[each], one.after[each]]))


def _spread(n: int, wanted: int) -> list[int]:
    """Choose at most `wanted` numbers below n, evenly."""
    count = min(n, wanted)
    return [i * n // count for i in range(count)]


def _sheet(strips: Sequence[Strip]) -> Image.Image:
    """Lay the strips out on white, each under its title, which is cut at the sheet's width."""
    side = strips[0].pictures.shape[-1]
    width, height = COLUMNS * (side + GAP) - GAP, side + LINE + 2 * GAP
    paper = Image.new("RGB", (width, len(strips) * height - GAP), "white")
    write = ImageDraw.Draw(paper)
    for number, strip in enumerate(strips):
        top = number * height
        write.text((1, top), _fitting(strip.title, write, width), fill="black")
        for column, picture in enumerate(strip.pictures[:COLUMNS]):
            paper.paste(_image(picture), (column * (side + GAP), top + LINE))
    return paper


def _fitting(title: str, write: ImageDraw.ImageDraw, width: int) -> str:
    while write.textlength(title) > width:
        title = title[: title.rindex(" ")] if " " in title else title[:-1]
    return title


def _image(picture: Tensor) -> Image.Image:
    values = (picture.clamp(0, 1) * 255).round().to(torch.uint8)
    return Image.fromarray(values.permute(1, 2, 0).contiguous().numpy())
