"""The methods that are compared, and how their rates and steps are chosen: by the same two sweeps on other subjects."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from statistics import mean
from typing import Any

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
Rates = Mapping[str, Sequence[float]]


def recipe_of(studio: Studio, method: str, rate: float, steps: int) -> Recipe:
    """The base's recipe, by another method."""
    return replace(studio.recipe, method=method, rate_matrix=rate, rate_vector=rate, steps=steps)


def tasks(rates: Rates, subjects: Sequence[str]) -> list[Task]:
    """A training of each subject by each method at each rate."""
    return [
        {"subject": word, "method": method, "rate": str(rate)}
        for word in subjects
        for method in rates
        for rate in rates[method]
    ]


def run(studio: Studio, task: Task, steps: Sequence[int]) -> Iterator[dict[str, Any]]:
    """Measure after each number of steps."""
    word = task["subject"]
    recipe = recipe_of(studio, task["method"], float(task["rate"]), steps[-1])
    for reached in studio.train([studio.subject(word)], recipe, steps):
        yield {"steps": reached.steps} | measured(studio, word, f"a sks {word}", reached.learned, seeds=(SEED,))


def _sweep(name: str, rates: Rates, steps: Sequence[int], subjects: Sequence[str]) -> Stage:
    fields = ("subject", "method", "rate"), ("steps", "image", "text")
    return Stage(name, *fields, partial(tasks, rates, subjects), partial(run, steps=steps))


COARSE_SWEEP = _sweep("coarse_sweep", COARSE, COARSE_STEPS, COARSE_SUBJECTS)
FINE_SWEEP = _sweep("fine_sweep", FINE, FINE_STEPS, FINE_SUBJECTS)


def chosen(method: str) -> tuple[float, int]:
    """The rate and steps of the best mean of image and text alignment over subjects; a band takes SVDiff's."""
    method = SVDIFF if method == BANDED else method
    scores: dict[tuple[float, int], list[float]] = {}
    for row in read(FINE_SWEEP.name):
        if row["method"] == method:
            scores.setdefault((float(row["rate"]), int(row["steps"])), []).append(score(row))
    return max(scores, key=lambda setting: mean(scores[setting]))


def score(row: dict[str, str]) -> float:
    """What a setting is chosen by."""
    return (float(row["image"]) + float(row["text"])) / 2


def best(studio: Studio, method: str) -> Recipe:
    """The recipe that the sweep chose."""
    return recipe_of(studio, method, *chosen(method))
