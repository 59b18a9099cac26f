"""The main comparison: every method on eight held-out subjects with eight prompts, at the settings its sweeps chose."""

from collections.abc import Iterator
from typing import Any

from bench.report.choices import chosen, chosen_drawing, chosen_so_drawn
from bench.report.contenders import ALIGNED, TITLES, learned_in
from bench.report.measure import SEEDS, measured
from bench.report.stage import ReportStage, Task
from bench.report.studio import PLACES, Learned, Studio, as_shift, save_strip
from bench.report.sweeps import FINE
from svdiff_core.emoji.evaluation.prompts import with_article
from svdiff_core.emoji.evaluation.renders import load_renders
from svdiff_core.parameters.methods import SVDIFF
from svdiff_core.shift.algebra import scale
from svdiff_core.shift.file import Shift
from svdiff_core.spaces.adapter import dump_adapter

DRAWN_SEEDS = (*SEEDS, 207, 307)
WEIGHTS = (0.8, 0.9, 0.95, 0.97, 1.1)  # of a shift, beside 1
BASE, REAL = "base", "real"  # the base's pictures of the class; renders of the subject itself


def tasks() -> list[Task]:
    """Each subject by each method, after the two ends of the scale."""
    return [{"subject": word, "method": method} for word in load_renders().figures for method in (BASE, REAL, *TITLES)]


def run(studio: Studio, task: Task) -> Iterator[dict[str, Any]]:
    """One row, drawn as the base draws."""
    word, method = task["subject"], task["method"]
    name = f"{word} {method}"
    if method == REAL:
        yield real(studio, word)
    elif method == BASE:
        yield measured(studio, word, with_article(word), None, name)
    else:
        learned = learned_in(studio, task, chosen(method))
        facts = {"parameters": numbers(learned), "bytes": len(dump_adapter(learned))}
        yield measured(studio, word, f"a sks {word}", learned, name) | facts


def drawn_tasks() -> list[Task]:
    """Each subject by each method that has sweeps of its own."""
    return [{"subject": word, "method": method} for word in load_renders().figures for method in FINE]


def drawn(studio: Studio, task: Task) -> Iterator[dict[str, Any]]:
    """One row, drawn and so trained as suits the method."""
    word, method = task["subject"], task["method"]
    shown, drawing = drawn_strip(f"{word} {method}"), chosen_drawing(method)
    yield measured(studio, word, f"a sks {word}", own(studio, task), shown, seeds=DRAWN_SEEDS, drawing=drawing)


def weight_tasks() -> list[Task]:
    """SVDiff on each subject."""
    return [{"subject": word, "method": SVDIFF} for word in load_renders().figures]


def weighed(studio: Studio, task: Task) -> Iterator[dict[str, Any]]:
    """A row for each weight but 1, drawn as with that."""
    word, whole, drawing = task["subject"], own(studio, task), chosen_drawing(task["method"])
    for weight in WEIGHTS:
        part = scale(as_shift(whole), weight)
        yield ({"weight": weight} | measured(studio, word, f"a sks {word}", part, seeds=DRAWN_SEEDS, drawing=drawing))


def own(studio: Studio, task: Task) -> Learned:
    """What the method learns of the subject in the way that suits it."""
    return learned_in(studio, task, chosen_so_drawn(task["method"]))


def drawn_strip(name: str) -> str:
    """The strip of what is drawn the method's own way, by that of what is drawn as the base draws."""
    return f"{name} own"


def numbers(learned: Learned) -> int:
    """How many were trained."""
    if isinstance(learned, Shift):
        return sum(int(delta.size) for delta in learned.deltas.values())
    return learned.parameters


def real(studio: Studio, word: str) -> dict[str, Any]:
    """Renders of the subject in the prompts' places, and as the strip its own pictures."""
    save_strip(f"{word} {REAL}", studio.references(word))
    places = studio.renders.scene_phrases
    by_place = [(studio.renders.held_out.of(word, [place]), places[place]) for place in PLACES]
    text = [
        studio.text_alignment(one, [f"a photo of {with_article(word)} {said}"] * len(one)) for one, said in by_place
    ]
    image = [studio.image_alignment(one, word) for one, _ in by_place]
    return {"image": round(sum(image) / len(image), 4), "text": round(sum(text) / len(text), 4)}


COMPARISON = ReportStage("comparison", ("subject", "method"), (*ALIGNED, "parameters", "bytes"), tasks, run)
DRAWN = ReportStage("drawn", ("subject", "method"), ALIGNED, drawn_tasks, drawn)
WEIGHED = ReportStage("weighed", ("subject", "method"), ("weight", *ALIGNED), weight_tasks, weighed)
