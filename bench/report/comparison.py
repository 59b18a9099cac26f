"""The main comparison: every method on eight held-out subjects with eight prompts, at the settings its sweep chose."""

from collections.abc import Iterator
from typing import Any

from bench.report.contenders import DRAWN, TITLES, chosen_drawing, chosen_start, learned_in
from bench.report.measure import SEEDS, measured
from bench.report.stage import Stage, Task
from bench.report.studio import PLACES, Drawing, Learned, Studio, save_strip
from svdiff_core.evaluation.prompts import with_article
from svdiff_core.evaluation.renders import load_renders
from svdiff_core.methods import SVDIFF
from svdiff_core.shift import Shift
from svdiff_core.tuned import dump_result

FIELDS = ("image", "text", "late_image", "late_text", "parameters", "bytes")
DRAWN_SEEDS = (*SEEDS, 207, 307)
BASE, REAL = "base", "real"  # the base's pictures of the class; renders of the subject itself


def tasks() -> list[Task]:
    """Each subject by each method, after the two ends of the scale."""
    return [{"subject": word, "method": method} for word in load_renders().figures for method in (BASE, REAL, *TITLES)]


def run(studio: Studio, task: Task) -> Iterator[dict[str, Any]]:
    """One row."""
    word, method = task["subject"], task["method"]
    if method == REAL:
        yield real(studio, word)
    elif method == BASE:
        yield measured(studio, word, with_article(word), None, f"{word} {method}")
    else:
        learned = learned_in(studio, task)
        thing, name = f"a sks {word}", f"{word} {method}"
        shown = late_strip(name) if method == SVDIFF else None
        late = measured(studio, word, thing, learned, shown, drawing=Drawing(chosen_start()))
        facts = {"parameters": numbers(learned), "bytes": len(dump_result(learned))}
        facts |= {f"late_{which}": alignment for which, alignment in late.items()}
        yield measured(studio, word, thing, learned, name) | facts


def drawn_tasks() -> list[Task]:
    """Each subject by the methods whose way of drawing was chosen."""
    return [{"subject": word, "method": method} for word in load_renders().figures for method in DRAWN]


def drawn(studio: Studio, task: Task) -> Iterator[dict[str, Any]]:
    """What the same training gives where it is drawn the method's own way."""
    word, method = task["subject"], task["method"]
    shown, drawing = drawn_strip(f"{word} {method}"), chosen_drawing(method)
    yield measured(studio, word, f"a sks {word}", learned_in(studio, task), shown, seeds=DRAWN_SEEDS, drawing=drawing)


def drawn_strip(name: str) -> str:
    """The strip of what is drawn the method's own way, by that of what is drawn as the base draws."""
    return f"{name} own"


def late_strip(name: str) -> str:
    """The strip of what is drawn late, by that of what is not."""
    return f"{name} late"


def numbers(learned: Learned) -> int:
    """How many were trained."""
    if isinstance(learned, Shift):
        return sum(int(delta.size) for delta in learned.deltas.values())
    return learned.parameters


def real(studio: Studio, word: str) -> dict[str, Any]:
    """Renders of the subject in the prompts' places, and as the strip its own pictures."""
    save_strip(f"{word} {REAL}", studio.references(word))
    places = studio.renders.places
    by_place = [(studio.renders.held_out.of(word, [place]), places[place]) for place in PLACES]
    text = [
        studio.text_alignment(one, [f"a photo of {with_article(word)} {said}"] * len(one)) for one, said in by_place
    ]
    image = [studio.image_alignment(one, word) for one, _ in by_place]
    return {"image": round(sum(image) / len(image), 4), "text": round(sum(text) / len(text), 4)}


DRAWN_STAGE = Stage("drawn", ("subject", "method"), FIELDS[:2], drawn_tasks, drawn)
COMPARISON = Stage("comparison", ("subject", "method"), FIELDS, tasks, run)
