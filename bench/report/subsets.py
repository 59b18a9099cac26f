"""The paper's twelve subsets: what a shift of some of the denoiser's layers reaches."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from bench.report.choices import plain
from bench.report.comparison import numbers
from bench.report.measure import measured
from bench.report.stage import ReportStage, Task
from bench.report.studio import Studio
from svdiff_core.parameters.methods import SVDIFF
from svdiff_core.shift.subsets import SUBSETS

SUBJECTS = ("dog", "lion")  # of all ablations


def tasks() -> list[Task]:
    """A training of every subset, the text encoder left alone, as in Table 1."""
    return [{"subject": word, "subset": subset} for word in SUBJECTS for subset in SUBSETS]


def run(studio: Studio, task: Task) -> Iterator[dict[str, Any]]:
    """One row."""
    word, subset = task["subject"], task["subset"]
    changes: dict[str, Any] = {"text_encoder": False, "subset": subset}
    recipe = replace(plain(studio, SVDIFF), **changes)
    learned = studio.learned(f"{word} subset {subset}", [studio.subject(word)], recipe)
    yield {"floats": numbers(learned)} | measured(studio, word, f"a sks {word}", learned, f"{word} subset {subset}")


SUBSETS_STAGE = ReportStage("subsets", ("subject", "subset"), ("floats", "image", "text"), tasks, run)
