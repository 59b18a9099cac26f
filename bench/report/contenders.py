"""The methods that are compared, and how their settings are chosen: by the same sweeps on other subjects.

Two of the rates and steps, with a prior of the class alone; then one of the steps, with companions in the prior, at the
rate that these chose, and the same with vectors and the text encoder at a lower rate, which makes a contender of its
own. How late what was learned begins in a drawing, where all methods begin late, is chosen by a sweep of SVDiff alone;
the best start and guidance together by a sweep of SVDiff and one of all weights.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from functools import partial
from statistics import mean
from typing import Any, TypeVar

from bench.report.measure import measured
from bench.report.stage import Stage, Task, read
from bench.report.studio import SEED, Drawing, Learned, Studio
from svdiff_core.methods import BANDED, CROSS_ATTENTION_KV, FULL, LORA, SVDIFF
from svdiff_core.recipe import Recipe

CALM = "svdiff_calm"  # SVDiff again, at its own setting of another sweep
TITLES = {
    SVDIFF: "SVDiff",
    CALM: "SVDiff, calm",
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
GUIDANCES = (4.0, 3.0, 2.0)
COMPANIONS = ("next to a cup", "next to a ball", "next to a cake", "next to a guitar")
LAST_STEPS, LAST_SUBJECTS = (100, 200, 300), FINE_SUBJECTS
CALM_REST, CALM_STEPS = 0.3, (200, 300, 400)  # slower, so more steps
DRAWN = (SVDIFF, CALM, FULL)  # whose own way of drawing is chosen, too
Rates = Mapping[str, Sequence[float]]
T = TypeVar("T")


@dataclass(frozen=True)
class Setting:
    """What the sweeps choose; `rest` is the rate of vectors, and of the text encoder, as a share of `rate`."""

    rate: float
    steps: int
    rest: float = 1.0


def recipe_of(studio: Studio, method: str, setting: Setting) -> Recipe:
    """The base's recipe, by another method."""
    return replace(
        studio.recipe,
        method=method,
        steps=setting.steps,
        rate_matrix=setting.rate,
        rate_vector=setting.rest * setting.rate,
        text_encoder_rate=setting.rest,
    )


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


def calm_tasks() -> list[Task]:
    """The same by each method that trains more than matrices of the denoiser."""
    return [task for task in last_tasks() if task["method"] != CROSS_ATTENTION_KV]


def run(studio: Studio, task: Task, recipe: Recipe, steps: Sequence[int]) -> Iterator[dict[str, Any]]:
    """Measure after each number of steps."""
    word = task["subject"]
    for reached in studio.train([studio.subject(word)], recipe, steps):
        yield {"steps": reached.steps} | measured(studio, word, f"a sks {word}", reached.learned, seeds=(SEED,))


def at_rate(studio: Studio, task: Task, steps: Sequence[int]) -> Iterator[dict[str, Any]]:
    """A row of the first two sweeps for each number of steps."""
    recipe = recipe_of(studio, task["method"], Setting(float(task["rate"]), steps[-1]))
    return run(studio, task, recipe, steps)


def with_companions(studio: Studio, task: Task, rest: float, steps: Sequence[int]) -> Iterator[dict[str, Any]]:
    """A row of the last sweep or of the calm one for each number of steps."""
    setting = Setting(fine(task["method"]).rate, steps[-1], rest)
    return run(studio, task, accompanied(recipe_of(studio, task["method"], setting)), steps)


def late_tasks() -> list[Task]:
    """SVDiff on each subject."""
    return [{"subject": word, "method": SVDIFF} for word in LAST_SUBJECTS]


def late(studio: Studio, task: Task) -> Iterator[dict[str, Any]]:
    """A row for each start, after one training as in the comparison."""
    word, learned = task["subject"], learned_in(studio, task)
    for start in (0.0, *STARTS):
        result = measured(studio, word, f"a sks {word}", learned, seeds=(SEED,), drawing=Drawing(start))
        yield {"start": start} | result


def drawing_tasks() -> list[Task]:
    """Each subject by the methods that choose how they are drawn."""
    methods = dict.fromkeys(method_of(contender) for contender in DRAWN)
    return [{"subject": word, "method": method} for word in COARSE_SUBJECTS for method in methods]


def drawings(studio: Studio, task: Task) -> Iterator[dict[str, Any]]:
    """A row for each way of drawing, after one training as in the comparison."""
    word, learned = task["subject"], learned_in(studio, task)
    for guidance in GUIDANCES:
        for start in (0.0, *STARTS):
            drawing = Drawing(start, guidance)
            yield asdict(drawing) | measured(studio, word, f"a sks {word}", learned, seeds=(SEED,), drawing=drawing)


def _sweep(name: str, rates: Rates, steps: Sequence[int], subjects: Sequence[str]) -> Stage:
    fields = ("subject", "method", "rate"), ("steps", "image", "text")
    return Stage(name, *fields, partial(tasks, rates, subjects), partial(at_rate, steps=steps))


COARSE_SWEEP = _sweep("coarse_sweep", COARSE, COARSE_STEPS, COARSE_SUBJECTS)
FINE_SWEEP = _sweep("fine_sweep", FINE, FINE_STEPS, FINE_SUBJECTS)
LAST_FIELDS = ("subject", "method"), ("steps", "image", "text")
LAST_SWEEP = Stage("last_sweep", *LAST_FIELDS, last_tasks, partial(with_companions, rest=1.0, steps=LAST_STEPS))
CALM_SWEEP = Stage("calm_sweep", *LAST_FIELDS, calm_tasks, partial(with_companions, rest=CALM_REST, steps=CALM_STEPS))
DRAWING_SWEEP = Stage(
    "drawing_sweep", ("subject", "method"), ("start", "guidance", "image", "text"), drawing_tasks, drawings
)
START_SWEEP = Stage("start_sweep", ("subject", "method"), ("start", "image", "text"), late_tasks, late)


def fine(method: str) -> Setting:
    """What the first two sweeps chose."""
    rows = [row for row in read(FINE_SWEEP.name) if row["method"] == method]
    return best_of((Setting(float(row["rate"]), int(row["steps"])), row) for row in rows)


def method_of(contender: str) -> str:
    """The method by which a contender is trained."""
    return SVDIFF if contender == CALM else contender


def chosen(contender: str) -> Setting:
    """What the sweeps chose; a band takes SVDiff's."""
    return best_of(swept(contender))


def swept(contender: str) -> list[tuple[Setting, Mapping[str, str]]]:
    """Each setting of the last or the calm sweep, and a row that it gave."""
    stage, rest = (CALM_SWEEP, CALM_REST) if contender == CALM else (LAST_SWEEP, 1.0)
    method = SVDIFF if contender == BANDED else method_of(contender)
    rate = fine(method).rate
    return [(Setting(rate, int(row["steps"]), rest), row) for row in read(stage.name) if row["method"] == method]


def chosen_drawing(contender: str) -> Drawing:
    """How what a contender learned is best drawn, by the sweep of its method."""
    rows = [row for row in read(DRAWING_SWEEP.name) if row["method"] == method_of(contender)]
    return best_of((Drawing(float(row["start"]), float(row["guidance"])), row) for row in rows)


def chosen_start() -> float:
    """How late what was learned begins."""
    return best_of((start, row) for row in read(START_SWEEP.name) if (start := float(row["start"])) in STARTS)


def best_of(rows: Iterable[tuple[T, Mapping[str, str]]]) -> T:
    """What has the best score, of rows behind what they measure."""
    found = scores(rows)
    return max(found, key=lambda what: found[what])


def scores(rows: Iterable[tuple[T, Mapping[str, str]]]) -> dict[T, float]:
    """The mean of image and text alignment over subjects, of rows behind what they measure."""
    by_what: dict[T, list[float]] = {}
    for what, row in rows:
        by_what.setdefault(what, []).append(score(row))
    return {what: mean(values) for what, values in by_what.items()}


def score(row: Mapping[str, str]) -> float:
    """What a setting is chosen by."""
    return (float(row["image"]) + float(row["text"])) / 2


def best(studio: Studio, contender: str) -> Recipe:
    """The recipe that the sweeps chose."""
    return accompanied(recipe_of(studio, method_of(contender), chosen(contender)))


def learned_in(studio: Studio, task: Task) -> Learned:
    """What a contender learns of a subject at the settings that the sweeps chose, trained once for all stages."""
    word, contender = task["subject"], task["method"]
    return studio.learned(f"{word} {contender}", [studio.subject(word)], best(studio, contender))


def plain(studio: Studio, method: str) -> Recipe:
    """What the first two sweeps chose, with a prior of the class alone and the last step's result: the paper's way."""
    return recipe_of(studio, method, fine(method))
