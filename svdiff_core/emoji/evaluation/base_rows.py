"""The rows of the table that need no fine-tuning."""

import statistics
import time
from collections.abc import Iterator
from dataclasses import dataclass

import torch
from torch import Tensor

from svdiff_core.base import Base
from svdiff_core.emoji.evaluation import accuracy, prompts
from svdiff_core.emoji.evaluation.figures import Figure
from svdiff_core.emoji.evaluation.prompts import ExpectedPicture
from svdiff_core.emoji.evaluation.renders import Renders, Sheet
from svdiff_core.emoji.evaluation.sampling import Progress, SamplingSettings, sample_pictures
from svdiff_core.emoji.judge import Judge

TIMED_STEPS, TIMINGS = 25, 5
ENCODED_AT_ONCE = 32  # pictures


@dataclass(frozen=True)
class SampledPictures:
    """Pictures (n, 3, H, W), and what each of them has to show."""

    expected: tuple[ExpectedPicture, ...]
    pictures: Tensor

    @property
    def things(self) -> list[tuple[str, ...]]:
        """The things that each picture has to show."""
        return [each.things for each in self.expected]

    @property
    def scenes(self) -> list[str]:
        """The scene that each picture has to show."""
        return [each.scene for each in self.expected]


@dataclass(frozen=True)
class BaseSamples:
    """Pictures by the base: of one thing, of two things, and of two things with their sides named."""

    one: SampledPictures
    two: SampledPictures
    sides: SampledPictures


def sample_base(
    base: Base, renders: Renders, count: int, settings: SamplingSettings, progress: Progress
) -> BaseSamples:
    """Sample `count` pictures of each kind."""

    def sample(kind: str, expected: list[ExpectedPicture]) -> SampledPictures:
        texts = [each.prompt for each in expected]
        pictures = sample_pictures(base, texts, settings, progress=lambda done, total: progress(kind, done, total))
        return SampledPictures(tuple(expected), pictures)

    return BaseSamples(
        sample("one object", prompts.one_thing(renders, count)),
        sample("two objects", prompts.two_things(renders, count)),
        sample("left and right", prompts.two_sides(renders, count)),
    )


def judge_rows(judge: Judge, renders: Renders) -> Iterator[Figure]:
    """How far the judge can be trusted: its accuracy on real renders."""
    for name, sheet in (("held-out drawings", renders.held_out), ("trained drawings, new scenes", renders.trained)):
        n = len(sheet.pictures)
        noun, scene = accuracy.noun_accuracy(judge, sheet.pictures, sheet.things), _scene_accuracy(judge, sheet)
        yield Figure(f"judge on {name}: noun", noun, target=0.97, pictures=n)
        yield Figure(f"judge on {name}: scene", scene, target=0.98, pictures=n)
    pairs = renders.pairs
    both = accuracy.side_accuracy(judge, pairs.pictures, pairs.things)
    yield Figure("judge on held-out drawings: left and right noun", both, pictures=len(pairs.pictures))


def accuracy_rows(judge: Judge, samples: BaseSamples) -> Iterator[Figure]:
    """How often the base's pictures show what their prompts say."""
    one, two, sides = samples.one, samples.two, samples.sides
    n = len(one.pictures)
    noun, scene = accuracy.noun_accuracy(judge, one.pictures, one.things), _scene_accuracy(judge, one)
    both = accuracy.pair_accuracy(judge, two.pictures, two.things)
    ordered = accuracy.side_accuracy(judge, sides.pictures, sides.things)
    yield Figure("one object: noun", noun, target=0.85, pictures=n)
    yield Figure("one object: scene", scene, target=0.95, pictures=n)
    yield Figure("two objects: both nouns", both, target=0.6, pictures=n)
    yield Figure("two objects, left and right: both on their side", ordered, target=0.6, pictures=n)


def psnr_row(base: Base, sheet: Sheet) -> Figure:
    """Peak signal-to-noise ratio of the autoencoder on real renders, the mean over pictures of dB."""
    errors = torch.cat([_squared_errors(base, part) for part in torch.split(sheet.pictures, ENCODED_AT_ONCE)])
    value = float((-10 * errors.log10()).mean())
    return Figure("autoencoder on held-out drawings", value, "dB", target=27.0, pictures=len(errors))


def seconds_row(base: Base, settings: SamplingSettings) -> Figure:
    """Seconds of one guided picture, the median of some; the first, which warms up, does not count."""
    seconds = []
    for _ in range(TIMINGS + 1):
        start = time.perf_counter()
        sample_pictures(
            base, ["a photo of a dog on the beach"], SamplingSettings(TIMED_STEPS, settings.guidance, settings.seed)
        )
        seconds.append(time.perf_counter() - start)
    name = f"{TIMED_STEPS} guided steps of one picture, {torch.get_num_threads()} threads"
    return Figure(name, statistics.median(seconds[1:]), "s", target=1.5, pictures=TIMINGS)


def _scene_accuracy(judge: Judge, pictures: SampledPictures | Sheet) -> float:
    return accuracy.scene_accuracy(judge, pictures.pictures, pictures.scenes)


def _squared_errors(base: Base, pictures: Tensor) -> Tensor:
    mean, _ = base.family.encode_pictures(2 * pictures - 1)
    return (base.family.decode_latents(mean).cpu() - pictures).square().mean(dim=(1, 2, 3))
