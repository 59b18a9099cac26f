"""What the sweeps chose: of the settings in a table the one with the best mean of both alignments over subjects."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from statistics import mean
from typing import TypeVar

from bench.report.contenders import ALIGNED, Setting, recipe_of
from bench.report.stage import read
from bench.report.studio import Drawing, Studio
from svdiff_core.parameters.methods import SVDIFF, SVDIFF_BAND
from svdiff_core.parameters.recipe import Recipe

FINE_SWEEP, LAST_SWEEP, DRAWING_SWEEP, REST_SWEEP = "fine_sweep", "last_sweep", "drawing_sweep", "rest_sweep"
T = TypeVar("T")


def fine(method: str) -> Setting:
    """What the first two sweeps chose."""
    rows = [row for row in read(FINE_SWEEP) if row["method"] == method]
    return best_of((Setting(float(row["rate"]), int(row["steps"])), row) for row in rows)


def chosen(method: str) -> Setting:
    """What is best drawn as the base draws; a band takes SVDiff's."""
    method = SVDIFF if method == SVDIFF_BAND else method
    rows = [row for row in read(LAST_SWEEP) if row["method"] == method]
    return best_of((Setting(fine(method).rate, int(row["steps"])), row) for row in rows)


def chosen_drawing(method: str) -> Drawing:
    """How what this learned is best drawn."""
    rows = [row for row in read(DRAWING_SWEEP) if row["method"] == method]
    return best_of((Drawing(float(row["start"]), float(row["guidance"])), row) for row in rows)


def chosen_so_drawn(method: str) -> Setting:
    """What is best drawn the method's own way."""
    rows = [row for row in read(REST_SWEEP) if row["method"] == method]
    return best_of((replace(chosen(method), rest=float(row["rest"])), row) for row in rows)


def best_of(rows: Iterable[tuple[T, Mapping[str, str]]]) -> T:
    """What has the best score, of rows behind what they measure."""
    by_what: dict[T, list[float]] = {}
    for what, row in rows:
        by_what.setdefault(what, []).append(mean(float(row[alignment]) for alignment in ALIGNED))
    return max(by_what, key=lambda what: mean(by_what[what]))


def plain(studio: Studio, method: str) -> Recipe:
    """What the first two sweeps chose, with a prior of the class alone and the last step's result: the paper's way."""
    return recipe_of(studio, method, fine(method))
