"""How the settings of every method are chosen: by the same sweeps on other subjects, each after the choices before it.

Two of the rates and steps, with a prior of the class alone; one of the steps, with companions in the prior; one of how
each method is drawn, the guidance and when what was learned begins; and, drawn so, one of the rate of vectors and text
encoder.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, replace
from functools import partial
from typing import Any

from bench.report import choices
from bench.report.choices import chosen, chosen_drawing, fine
from bench.report.contenders import ALIGNED, Setting, accompanied, learned_in, recipe_of
from bench.report.measure import measured
from bench.report.stage import ReportStage, Task
from bench.report.studio import SEED, Drawing, Studio
from svdiff_core.parameters.methods import CROSS_ATTENTION_KV, FULL, LORA, SVDIFF
from svdiff_core.parameters.recipe import Recipe

Rates = Mapping[str, Sequence[float]]
COARSE: Rates = {
    SVDIFF: (0.003, 0.01, 0.03),
    FULL: (5e-5, 1.5e-4, 5e-4),
    LORA: (0.001, 0.003, 0.01),
    CROSS_ATTENTION_KV: (0.001, 0.003, 0.01),
}
COARSE_STEPS, COARSE_SUBJECTS = (200, 400, 600), ("bear", "penguin")
FINE: Rates = {
    SVDIFF: (0.01, 0.02),
    FULL: (1e-4, 2e-4),
    LORA: (0.001, 0.002),
    CROSS_ATTENTION_KV: (0.001, 0.002),
}  # the coarse sweep found fewer steps better at all but the lowest rates
FINE_STEPS = LAST_STEPS = (100, 200, 300)
SUBJECTS = ("bear", "penguin", "cat", "car")  # of all sweeps but the coarse one; no figure is about them
STARTS = (0.0, 0.08, 0.16, 0.24, 0.32, 0.4)  # shares of a drawing's steps
GUIDANCES = (4.0, 3.0, 2.0, 1.5)
RESTS = (0.3, 0.55, 1.0)


def tasks(rates: Rates, subjects: Sequence[str]) -> list[Task]:
    """A training of each subject by each method at each rate."""
    return [
        {"subject": word, "method": method, "rate": str(rate)}
        for word in subjects
        for method in rates
        for rate in rates[method]
    ]


def subject_tasks() -> list[Task]:
    """Each subject by each method."""
    return [{"subject": word, "method": method} for word in SUBJECTS for method in FINE]


def rest_tasks() -> list[Task]:
    """A training at each rate of the rest; keys and values are matrices of the denoiser: there is no rest."""
    return [
        {**task, "rest": str(rest)}
        for task in subject_tasks()
        for rest in RESTS
        if rest == 1 or task["method"] != CROSS_ATTENTION_KV
    ]


def run(studio: Studio, task: Task, recipe: Recipe, steps: Sequence[int]) -> Iterator[dict[str, Any]]:
    """Measure after each number of steps."""
    word, method = task["subject"], task["method"]
    for reached in studio.train(f"{word} {method}", [studio.subject(word)], recipe, steps):
        yield {"steps": reached.steps} | measured(studio, word, f"a sks {word}", reached.learned, seeds=(SEED,))


def at_rate(studio: Studio, task: Task, steps: Sequence[int]) -> Iterator[dict[str, Any]]:
    """A row of the first two sweeps for each number of steps."""
    recipe = recipe_of(studio, task["method"], Setting(float(task["rate"]), steps[-1]))
    return run(studio, task, recipe, steps)


def with_companions(studio: Studio, task: Task) -> Iterator[dict[str, Any]]:
    """A row for each number of steps, drawn as the base draws."""
    setting = Setting(fine(task["method"]).rate, LAST_STEPS[-1])
    return run(studio, task, accompanied(recipe_of(studio, task["method"], setting)), LAST_STEPS)


def drawn_its_own_way(studio: Studio, task: Task) -> Iterator[dict[str, Any]]:
    """One row, from two seeds."""
    word, method = task["subject"], task["method"]
    learned = learned_in(studio, task, replace(chosen(method), rest=float(task["rest"])))
    yield measured(studio, word, f"a sks {word}", learned, drawing=chosen_drawing(method))


def drawings(studio: Studio, task: Task) -> Iterator[dict[str, Any]]:
    """A row for each way of drawing, after one training as in the comparison."""
    word, learned = task["subject"], learned_in(studio, task, chosen(task["method"]))
    for guidance in GUIDANCES:
        for start in STARTS:
            drawing = Drawing(start, guidance)
            yield asdict(drawing) | measured(studio, word, f"a sks {word}", learned, seeds=(SEED,), drawing=drawing)


def _sweep(name: str, rates: Rates, steps: Sequence[int], subjects: Sequence[str]) -> ReportStage:
    fields = ("subject", "method", "rate"), ("steps", *ALIGNED)
    return ReportStage(name, *fields, partial(tasks, rates, subjects), partial(at_rate, steps=steps))


COARSE_SWEEP = _sweep("coarse_sweep", COARSE, COARSE_STEPS, COARSE_SUBJECTS)
FINE_SWEEP = _sweep(choices.FINE_SWEEP, FINE, FINE_STEPS, SUBJECTS)
LAST_SWEEP = ReportStage(choices.LAST_SWEEP, ("subject", "method"), ("steps", *ALIGNED), subject_tasks, with_companions)
DRAWING_SWEEP = ReportStage(
    choices.DRAWING_SWEEP, ("subject", "method"), ("start", "guidance", *ALIGNED), subject_tasks, drawings
)
REST_SWEEP = ReportStage(choices.REST_SWEEP, ("subject", "method", "rest"), ALIGNED, rest_tasks, drawn_its_own_way)
SWEEPS = (COARSE_SWEEP, FINE_SWEEP, LAST_SWEEP, DRAWING_SWEEP, REST_SWEEP)
