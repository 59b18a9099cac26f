"""The picture beside the table: samples of the base, and of each subject after its fine-tune."""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from PIL import Image, ImageDraw
from torch import Tensor

from svdiff_core.emoji.evaluation.base_rows import BaseSamples, SampledPictures
from svdiff_core.emoji.evaluation.personalization import PICTURES_A_SCENE, SCENES, PersonalizedCase

COLUMNS = 12
GAP, LINE = 2, 14  # pixels; a line of text


@dataclass(frozen=True)
class Strip:
    """One line of pictures (n, 3, H, W), and the title over it."""

    title: str
    pictures: Tensor


def grid(samples: BaseSamples, personalized: Sequence[PersonalizedCase]) -> Image.Image:
    """Lay out the first and evenly chosen pictures of each row, then a line for every subject."""
    strips = [
        *_strips("one object", samples.one, lines=3),
        *_strips("two objects", samples.two, lines=1),
        *_strips("left and right", samples.sides, lines=1),
        *map(_subject_strip, personalized),
    ]
    return _sheet(strips)


def _strips(kind: str, sampled: SampledPictures, lines: int) -> list[Strip]:
    chosen = _spread(len(sampled.expected), lines * COLUMNS)
    parts = [chosen[i : i + COLUMNS] for i in range(0, len(chosen), COLUMNS)]
    return [Strip(f"{kind}: {_title(sampled, part)}", sampled.pictures[part]) for part in parts]


def _title(sampled: SampledPictures, part: Sequence[int]) -> str:
    return " · ".join(f"{', '.join(sampled.expected[i].things)} / {sampled.expected[i].scene}" for i in part)


def _subject_strip(personalized: PersonalizedCase) -> Strip:
    first = slice(None, None, PICTURES_A_SCENE)  # of each scene
    case = personalized.case
    title = f"{case.word}: its own pictures, then {', '.join(SCENES)} by the base, and after the fine-tune"
    return Strip(title, torch.cat([case.references, case.before[first], personalized.after[first]]))


def _spread(n: int, limit: int) -> list[int]:
    """Choose at most `limit` numbers below n, evenly."""
    count = min(n, limit)
    return [i * n // count for i in range(count)]


def _sheet(strips: Sequence[Strip]) -> Image.Image:
    """Lay the strips out on white, each under its title, which is cut at the sheet's width."""
    side = strips[0].pictures.shape[-1]
    width, height = COLUMNS * (side + GAP) - GAP, side + LINE + 2 * GAP
    paper = Image.new("RGB", (width, len(strips) * height - GAP), "white")
    write = ImageDraw.Draw(paper)
    for number, strip in enumerate(strips):
        top = number * height
        write.text((1, top), _fit(strip.title, write, width), fill="black")
        for column, picture in enumerate(strip.pictures[:COLUMNS]):
            paper.paste(_image(picture), (column * (side + GAP), top + LINE))
    return paper


def _fit(title: str, write: ImageDraw.ImageDraw, width: int) -> str:
    while write.textlength(title) > width:
        title = title[: title.rindex(" ")] if " " in title else title[:-1]
    return title


def _image(picture: Tensor) -> Image.Image:
    values = (picture.clamp(0, 1) * 255).round().to(torch.uint8)
    return Image.fromarray(values.permute(1, 2, 0).contiguous().numpy())
