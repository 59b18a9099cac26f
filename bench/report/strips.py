"""What can be done with trained shifts without training again: scale, rank limit, interpolation, style mixing."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from torch import Tensor

from bench.report.choices import plain
from bench.report.measure import measured
from bench.report.stage import ReportStage, Task
from bench.report.studio import SEED, TOKENS, Studio, as_shift, save_strip
from bench.report.subsets import SUBJECTS
from svdiff_core.parameters.methods import SVDIFF
from svdiff_core.shift.algebra import add, interpolate, scale
from svdiff_core.shift.file import Shift
from svdiff_core.shift.selection import ShiftSelection, select

SCALES = (0.8, 0.9, 1.0, 1.1, 1.25, 1.5, 1.75, 2.0)
RANKS = (1280, 640, 320, 160, 80, 40, 20, 10, 5, 1)
ALPHAS = (0.0, 0.125, 0.25, 0.375, 0.5, 0.625, 0.75, 0.875, 1.0)
CLASS_WORD = "thing"  # of both ends of an interpolation
MIXED = ("dog", "ghost")  # the shape of the first, the style of the second
STYLED = "a photo of a sks dog in style of a zwx ghost"


def tasks() -> list[Task]:
    """Scale and rank for each subject of the ablations; the others for one pair."""
    grids = [{"kind": kind, "subject": word} for word in SUBJECTS for kind in ("scale", "rank")]
    return [
        *grids,
        {"kind": "interpolation", "subject": "-".join(SUBJECTS)},
        {"kind": "style", "subject": "-".join(MIXED)},
    ]


def run(studio: Studio, task: Task) -> Iterator[dict[str, Any]]:
    """A row a setting."""
    word = task["subject"]
    if task["kind"] == "scale":
        whole = own(studio, word)
        for s in SCALES:
            name = f"{word} scale {s}"
            yield {"setting": s} | measured(studio, word, f"a sks {word}", scale(whole, s), name)
    elif task["kind"] == "rank":
        whole = own(studio, word)
        for r in RANKS:
            name = f"{word} rank {r}"
            yield {"setting": r} | measured(studio, word, f"a sks {word}", limited(studio, whole, rank_limit=r), name)
    elif task["kind"] == "interpolation":
        yield from interpolated(studio)
    else:
        yield from styled(studio)


def interpolated(studio: Studio) -> Iterator[dict[str, Any]]:
    """From one subject to the other, both learned as "a sks thing", the same seeds all the way."""
    a, b = (
        studio.learned(f"{word} {CLASS_WORD}", [studio.subject(word, class_word=CLASS_WORD)], plain(studio, SVDIFF))
        for word in SUBJECTS
    )
    prompts = studio.prompts(f"a sks {CLASS_WORD}")
    for alpha in ALPHAS:
        pictures = studio.sample(prompts, interpolate(as_shift(b), as_shift(a), alpha))
        save_strip(f"interpolation {alpha}", pictures)
        yield {"setting": alpha} | _with_both(studio, pictures, SUBJECTS)


def styled(studio: Studio) -> Iterator[dict[str, Any]]:
    """Both ways: shifts added under a prompt that names the style; geometry layers of one, the rest of the other."""
    a, b = (own(studio, word, token) for word, token in zip(MIXED, TOKENS, strict=True))
    geometry = limited(studio, a, layers="geometry")
    ways: Mapping[str, tuple[Shift | None, str]] = {
        "first alone": (a, "a photo of a sks dog"),
        "second alone": (b, "a photo of a zwx ghost"),
        "added": (add([(a, 1.0), (b, 1.0)]), STYLED),
        "by layers": (add([(geometry, 1.0), (limited(studio, b, layers="rest"), 1.0)]), "a photo of a sks dog"),
    }
    for way, (mixed, prompt) in ways.items():
        pictures = studio.sample([prompt] * 8, mixed)
        save_strip(f"style {way}", pictures)
        yield {"setting": way} | _with_both(studio, pictures, MIXED)


def own(studio: Studio, word: str, token: str = TOKENS[0], seed: int = SEED) -> Shift:
    """The subject's shift of the main comparison; under another token or from another seed it is trained for this."""
    name = f"{word} {SVDIFF}" if (token, seed) == (TOKENS[0], SEED) else f"{word} {token} {seed}"
    return as_shift(studio.learned(name, [studio.subject(word, token)], plain(studio, SVDIFF), seed))


def limited(studio: Studio, whole: Shift, **selection: Any) -> Shift:
    """A part of a shift."""
    return select(whole, ShiftSelection(**selection), studio.base.shapes, studio.base.recipe.geometry_layers)


def _with_both(studio: Studio, pictures: Tensor, words: Sequence[str]) -> dict[str, float]:
    """Alignment with each of two subjects."""
    return {
        name: round(studio.image_alignment(pictures, word), 4)
        for name, word in zip(("image", "other"), words, strict=True)
    }


STRIPS = ReportStage("strips", ("kind", "subject"), ("setting", "image", "text", "other"), tasks, run)
