"""An evaluation from its options to its table, its numbers' file and its picture."""

from typing import Any

import torch

from svdiff_core.base import Base, load_base
from svdiff_core.emoji.evaluation.evaluation import Evaluation, evaluate
from svdiff_core.emoji.evaluation.figures import to_csv, to_json, to_table
from svdiff_core.emoji.evaluation.grid import grid
from svdiff_core.emoji.evaluation.options import OptionInvalid, Options
from svdiff_core.emoji.evaluation.renders import Renders, load_renders
from svdiff_core.emoji.evaluation.sampling import Progress, SamplingSettings
from svdiff_core.emoji.judge import load_judge

GUIDANCE = 4.0  # where the base recommends none


def report(options: Options, progress: Progress) -> str:
    """Evaluate a base, write the picture and the numbers, and return the table.

    Raises:
        BaseInvalid, JudgeInvalid, RendersInvalid, RecipeInvalid, OptionInvalid
    """
    judge, renders = load_judge(), load_renders()
    words = _subjects(options, renders)
    base = load_base(
        str(options.base), factors_dir=options.factors, progress=lambda done, total: progress("factors", done, total)
    )
    settings = _settings(options, base)
    result = evaluate(base, judge, renders, options.pictures, words, settings, progress)
    grid(result.samples, result.personalized).save(options.grid, format="PNG", optimize=True)
    _write_numbers(options, result, base, settings)
    return to_table(result.figures)


def _settings(options: Options, base: Base) -> SamplingSettings:
    recommended = float(base.recipe.generation.get("guidance", GUIDANCE))
    return SamplingSettings(options.steps, recommended if options.guidance is None else options.guidance, options.seed)


def _subjects(options: Options, renders: Renders) -> tuple[str, ...]:
    if options.subjects is None:
        return renders.figures
    available = renders.figures + renders.sweep
    for word in options.subjects:
        if word not in available:
            raise OptionInvalid("subject", f"is {word!r}; it must be one of {', '.join(available)}")
    return options.subjects


def _write_numbers(options: Options, result: Evaluation, base: Base, settings: SamplingSettings) -> None:
    if options.out is None:
        return
    facts: dict[str, Any] = {
        "base": base.fingerprint,
        "steps": settings.steps,
        "guidance": settings.guidance,
        "seed": settings.seed,
        "fine_tune": dict(base.recipe.fine_tune),
        "torch": torch.__version__,
    }
    text = to_csv(result.figures) if options.out.suffix == ".csv" else to_json(result.figures, facts)
    options.out.write_text(text)
