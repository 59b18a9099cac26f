"""Correlation of shifts: eight subjects, each trained a second time with other rates and another seed."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np

from bench.report.choices import plain
from bench.report.stage import ReportStage, Task
from bench.report.studio import SEED, Learned, Studio, as_shift
from svdiff_core.emoji.evaluation.renders import load_renders
from svdiff_core.parameters.methods import SVDIFF
from svdiff_core.shift.comparison import cosine


def tasks() -> list[Task]:
    """The second trainings."""
    return [{"subject": word} for word in load_renders().figures]


def run(studio: Studio, task: Task) -> Iterator[dict[str, Any]]:
    """Compare a subject's second shift, of half the rates, with the first ones of all subjects."""
    word, recipe = task["subject"], plain(studio, SVDIFF)
    halved = replace(recipe, learning_rate=recipe.learning_rate / 2, learning_rate_1d=recipe.learning_rate_1d / 2)
    second = studio.learned(f"{word} twin", [studio.subject(word)], halved, SEED + 1)
    for other in studio.renders.figures:
        first = studio.learned(f"{other} {SVDIFF}", [studio.subject(other)], recipe)
        yield {"other": other, "cosine": round(mean_cosine(second, first), 4)}


def mean_cosine(a: Learned, b: Learned) -> float:
    """Mean over layers."""
    return float(np.mean(list(cosine(as_shift(a), as_shift(b)).values())))


TWINS = ReportStage("twins", ("subject",), ("other", "cosine"), tasks, run)
