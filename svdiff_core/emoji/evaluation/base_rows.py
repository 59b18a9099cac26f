"""The rows of the table that need no fine-tuning."""

import statistics
import time
from collections.abc import Iterator
from dataclasses import dataclass

import torch
from torch import Tensor

from svdiff_core.base import Base
from svdiff_core.emoji.evaluation import answers, prompts
from svdiff_core.emoji.evaluation.drawing import Progress, SamplingSettings, draw
from svdiff_core.emoji.evaluation.figures import Figure
from svdiff_core.emoji.evaluation.prompts import Asked
from svdiff_core.emoji.evaluation.renders import Renders, Sheet
from svdiff_core.emoji.judge import Judge

TIMED_STEPS, TIMINGS = 25, 5
ENCODED_AT_ONCE = 32  # pictures


@dataclass(frozen=True)
class Drawn:
    """Pictures (n, 3, H, W) of what was asked for."""

    asked: tuple[Asked, ...]
    pictures: Tensor

    @property
    def things(self) -> list[tuple[str, ...]]:
        """What each picture has to show."""
        return [asked.things for asked in self.asked]

    @property
    def scenes(self) -> list[str]:
        """Where."""
        return [asked.scene for asked in self.asked]


@dataclass(frozen=True)
class Answers:
    """What the base drew: one thing, two things, two things with their sides named."""

    one: Drawn
    two: Drawn
    sides: Drawn


def sample_rows(base: Base, renders: Renders, count: int, settings: SamplingSettings, progress: Progress) -> Answers:
    """Draw `count` pictures of each kind."""

    def drawn(kind: str, asked: list[Asked]) -> Drawn:
        texts = [one.prompt for one in asked]
        pictures = draw(base, texts, settings, progress=lambda done, total: progress(kind, done, total))
        return Drawn(tuple(asked), pictures)

    return Answers(
        drawn("one object", prompts.one_thing(renders, count)),
        drawn("two objects", prompts.two_things(renders, count)),
        drawn("left and right", prompts.two_sides(renders, count)),
    )


def judge_rows(judge: Judge, renders: Renders) -> Iterator[Figure]:
    """How far the judge can be trusted: its answers on real renders."""
    for name, sheet in (("held-out drawings", renders.held_out), ("trained drawings, new scenes", renders.trained)):
        n = len(sheet.pictures)
        noun, scene = answers.nouns_right(judge, sheet.pictures, sheet.things), _scenes(judge, sheet)
        yield Figure(f"judge on {name}: noun", noun, reach=0.97, pictures=n)
        yield Figure(f"judge on {name}: scene", scene, reach=0.98, pictures=n)
    pairs = renders.pairs
    both = answers.sides_right(judge, pairs.pictures, pairs.things)
    yield Figure("judge on held-out drawings: left and right noun", both, pictures=len(pairs.pictures))


def drawn_rows(judge: Judge, drawn: Answers) -> Iterator[Figure]:
    """How often the base draws what it is asked for."""
    one, two, sides = drawn.one, drawn.two, drawn.sides
    n = len(one.pictures)
    noun, scene = answers.nouns_right(judge, one.pictures, one.things), _scenes(judge, one)
    both = answers.both_right(judge, two.pictures, two.things)
    ordered = answers.sides_right(judge, sides.pictures, sides.things)
    yield Figure("one object: noun", noun, reach=0.85, pictures=n)
    yield Figure("one object: scene", scene, reach=0.95, pictures=n)
    yield Figure("two objects: both nouns", both, reach=0.6, pictures=n)
    yield Figure("two objects, left and right: both on their side", ordered, reach=0.6, pictures=n)


def psnr_row(base: Base, sheet: Sheet) -> Figure:
    """Peak signal-to-noise ratio of the autoencoder on real renders, the mean over pictures of dB."""
    errors = torch.cat([_squared_errors(base, part) for part in torch.split(sheet.pictures, ENCODED_AT_ONCE)])
    value = float((-10 * errors.log10()).mean())
    return Figure("autoencoder on held-out drawings", value, "dB", reach=27.0, pictures=len(errors))


def seconds_row(base: Base, settings: SamplingSettings) -> Figure:
    """Seconds of one guided picture, the median of some; the first, which warms up, does not count."""
    times = []
    for _ in range(TIMINGS + 1):
        begun = time.perf_counter()
        draw(base, ["a photo of a dog on the beach"], SamplingSettings(TIMED_STEPS, settings.guidance, settings.seed))
        times.append(time.perf_counter() - begun)
    name = f"{TIMED_STEPS} guided steps of one picture, {torch.get_num_threads()} threads"
    return Figure(name, statistics.median(times[1:]), "s", reach=1.5, pictures=TIMINGS)


def _scenes(judge: Judge, pictured: Drawn | Sheet) -> float:
    return answers.scenes_right(judge, pictured.pictures, pictured.scenes)


def _squared_errors(base: Base, pictures: Tensor) -> Tensor:
    mean, _ = base.family.encode_pictures(2 * pictures - 1)
    return (base.family.decode_latents(mean).cpu() - pictures).square().mean(dim=(1, 2, 3))
