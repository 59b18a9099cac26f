"""The methods that are compared, and how their settings are chosen: by the same three sweeps on other subjects.

Two of the rates and steps, with a prior of the class alone; then one of the steps, with companions in the prior, at the
rate that these chose. A last one, of SVDiff alone, chooses how late what was learned begins in a drawing, for the
drawings of all methods that begin late.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from statistics import mean
from typing import Any, TypeVar

from bench.report.measure import measured
from bench.report.stage import Stage, Task, read
from bench.report.studio import SEED, Studio
from svdiff_core.methods import BANDED, CROSS_ATTENTION_KV, FULL, LORA, SVDIFF
from svdiff_core.recipe import Recipe

TITLES = {
    SVDIFF: "SVDiff",
    BANDED: "SVDiff, band of 1",
    FULL: "all weights (DreamBooth)",
    LORA: "LoRA, r = 4",
    CROSS_ATTENTION_KV: "keys and values (Custom Diffusion)",
}
COARSE = {
    SVDIFF: (0.003, 0.01, 0.03),
    FULL: (5e-5, 1.5e-4, 5e-4),
    LORA: (0.001, 0.003, 0.01),
    CROSS_ATTENTION_KV: (0.001, 0.003, 0.01),
}
COARSE_STEPS, COARSE_SUBJECTS = (200, 400, 600), ("bear", "penguin")
FINE = {
    SVDIFF: (0.01, 0.02),
    FULL: (1e-4, 2e-4),
    LORA: (0.001, 0.002),
    CROSS_ATTENTION_KV: (0.001, 0.002),
}  # the coarse sweep found fewer steps better at all but the lowest rates
FINE_STEPS, FINE_SUBJECTS = (100, 200, 300), ("bear", "penguin", "cat", "car")  # no figure is about them
EMA_DECAY = 0.97  # of all methods, in what is compared
STARTS = (0.08, 0.16, 0.24)  # shares of a drawing's steps
COMPANIONS = ("next to a cup", "next to a ball", "next to a cake", "next to a guitar")
LAST_STEPS, LAST_SUBJECTS = (100, 200, 300), FINE_SUBJECTS
Rates = Mapping[str, Sequence[float]]
T = TypeVar("T")


@dataclass(frozen=True)
class Setting:
    """What the sweeps choose."""

    rate: float
    steps: int


def recipe_of(studio: Studio, method: str, setting: Setting) -> Recipe:
    """The base's recipe, by another method."""
    rate = setting.rate
    return replace(studio.recipe, method=method, rate_matrix=rate, rate_vector=rate, steps=setting.steps)


def accompanied(recipe: Recipe) -> Recipe:
    """The recipe of what is compared: with companions in the prior, and a mean over steps as its result.

    None of the companions is in a prompt of the report.
    """
    return replace(recipe, prior_count=64, prior_companions=", ".join(COMPANIONS), ema_decay=EMA_DECAY)


def tasks(rates: Rates, subjects: Sequence[str]) -> list[Task]:
    """A training of each subject by each method at each rate."""
    return [
        {"subject": word, "method": method, "rate": str(rate)}
        for word in subjects
        for method in rates
        for rate in rates[method]
    ]


def last_tasks() -> list[Task]:
    """A training of each subject by each method, at the rate that the sweeps before chose."""
    return [{"subject": word, "method": method} for word in LAST_SUBJECTS for method in FINE]


def run(studio: Studio, task: Task, recipe: Recipe, steps: Sequence[int]) -> Iterator[dict[str, Any]]:
    """Measure after each number of steps."""
    word = task["subject"]
    for reached in studio.train([studio.subject(word)], recipe, steps):
        yield {"steps": reached.steps} | measured(studio, word, f"a sks {word}", reached.learned, seeds=(SEED,))


def at_rate(studio: Studio, task: Task, steps: Sequence[int]) -> Iterator[dict[str, Any]]:
    """A row of the first two sweeps for each number of steps."""
    recipe = recipe_of(studio, task["method"], Setting(float(task["rate"]), steps[-1]))
    return run(studio, task, recipe, steps)


def with_companions(studio: Studio, task: Task) -> Iterator[dict[str, Any]]:
    """A row of the last sweep for each number of steps."""
    setting = Setting(fine(task["method"]).rate, LAST_STEPS[-1])
    return run(studio, task, accompanied(recipe_of(studio, task["method"], setting)), LAST_STEPS)


def late_tasks() -> list[Task]:
    """SVDiff on each subject."""
    return [{"subject": word, "method": SVDIFF} for word in LAST_SUBJECTS]


def late(studio: Studio, task: Task) -> Iterator[dict[str, Any]]:
    """A row for each start, after one training as in the comparison."""
    word, method = task["subject"], task["method"]
    for reached in studio.train([studio.subject(word)], best(studio, method)):
        for start in (0.0, *STARTS):
            result = measured(studio, word, f"a sks {word}", reached.learned, seeds=(SEED,), start=start)
            yield {"start": start} | result


def _sweep(name: str, rates: Rates, steps: Sequence[int], subjects: Sequence[str]) -> Stage:
    fields = ("subject", "method", "rate"), ("steps", "image", "text")
    return Stage(name, *fields, partial(tasks, rates, subjects), partial(at_rate, steps=steps))


COARSE_SWEEP = _sweep("coarse_sweep", COARSE, COARSE_STEPS, COARSE_SUBJECTS)
FINE_SWEEP = _sweep("fine_sweep", FINE, FINE_STEPS, FINE_SUBJECTS)
LAST_SWEEP = Stage("last_sweep", ("subject", "method"), ("steps", "image", "text"), last_tasks, with_companions)
START_SWEEP = Stage("start_sweep", ("subject", "method"), ("start", "image", "text"), late_tasks, late)


def fine(method: str) -> Setting:
    """What the first two sweeps chose."""
    rows = [row for row in read(FINE_SWEEP.name) if row["method"] == method]
    return best_of((Setting(float(row["rate"]), int(row["steps"])), row) for row in rows)


def chosen(method: str) -> Setting:
    """What all sweeps chose; a band takes SVDiff's."""
    method = SVDIFF if method == BANDED else method
    rate = fine(method).rate
    rows = [row for row in read(LAST_SWEEP.name) if row["method"] == method]
    return best_of((Setting(rate, int(row["steps"])), row) for row in rows)


def chosen_start() -> float:
    """How late what was learned begins."""
    return best_of((start, row) for row in read(START_SWEEP.name) if (start := float(row["start"])) in STARTS)


def best_of(rows: Iterable[tuple[T, Mapping[str, str]]]) -> T:
    """What has the best mean of image and text alignment over subjects, of rows behind what they measure."""
    scores: dict[T, list[float]] = {}
    for what, row in rows:
        scores.setdefault(what, []).append(score(row))
    return max(scores, key=lambda what: mean(scores[what]))


def score(row: Mapping[str, str]) -> float:
    """What a setting is chosen by."""
    return (float(row["image"]) + float(row["text"])) / 2


def best(studio: Studio, method: str) -> Recipe:
    """The recipe that the sweeps chose."""
    return accompanied(recipe_of(studio, method, chosen(method)))


def plain(studio: Studio, method: str) -> Recipe:
    """What the first two sweeps chose, with a prior of the class alone and the last step's result: the paper's way."""
    return recipe_of(studio, method, fine(method))
