"""How to fine-tune on the emoji base: recipes side by side, on held-out subjects that no final figure is about.

    python -m bench.fine_tune_sweep --out bench/results/fine_tune_sweep.csv

Each recipe trains a shift of each subject and draws it in four scenes from fixed seeds; the judge compares. `share` is
that of the way from the base's pictures of the class to real renders of the subject, as `svdiff evaluate base` has it;
`scene` how often the scene is still right; `drift` the mean absolute pixel difference that the shift makes to pictures
of the plain class. It resumes: rows that the file has are not run again. `--recipes` and `--subjects` split the work.
"""

import argparse
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch

from bench.table import append, read
from svdiff_core.base import Base, load_base
from svdiff_core.emoji.evaluation.personalization import Case, align, personalize, prepare
from svdiff_core.emoji.evaluation.renders import load_renders
from svdiff_core.emoji.evaluation.sampling import SamplingSettings, sample_pictures
from svdiff_core.emoji.judge import Judge, load_judge
from svdiff_core.parameters.recipe import Recipe

ROOT = Path(__file__).parents[1]
SEED = 7
PRIOR = 64  # pictures; recipes take as many of them as they ask for
SETTINGS = (
    *("steps", "batch_size", "learning_rate", "learning_rate_1d"),
    *("text_encoder", "prior_loss_weight", "prior_count"),
)
FIELDS = ("base", "subject", *SETTINGS, "share", "scene", "drift")


def candidates(plain: Recipe) -> dict[str, Recipe]:
    """The recipes, each other than the first in one or two settings."""
    middle = replace(
        plain, steps=500, batch_size=4, learning_rate=0.01, learning_rate_1d=0.01, prior_loss_weight=1.0, prior_count=32
    )
    changes: dict[str, dict[str, Any]] = {
        "middle": {},
        "fast": {"learning_rate": 0.02, "learning_rate_1d": 0.02},
        "slow": {"learning_rate": 0.005, "learning_rate_1d": 0.005},
        "calm-vectors": {"learning_rate_1d": 0.001},
        "long": {"steps": 800},
        "half-prior": {"prior_loss_weight": 0.5},
        "no-prior": {"prior_loss_weight": 0.0},
        "more-prior": {"prior_count": PRIOR},
        "unet-only": {"text_encoder": False},
        "small-batch": {"batch_size": 2, "steps": 800},
    }
    return {name: replace(middle, **change) for name, change in changes.items()}


def main() -> None:
    """Run what the table lacks."""
    renders, judge = load_renders(), load_judge()
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--base", type=Path, default=ROOT / "svdiff_core" / "emoji" / "bases" / "emoji")
    parser.add_argument("--factors", type=Path, default=ROOT / "build" / "factors")
    parser.add_argument("--out", type=Path, default=ROOT / "bench" / "results" / "fine_tune_sweep.csv")
    parser.add_argument("--subjects", nargs="+", default=renders.sweep, choices=renders.sweep)
    parser.add_argument("--recipes", nargs="+", help="by name; all by default")
    parser.add_argument("--threads", type=int, default=torch.get_num_threads())
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    base = load_base(arguments.base, factors_dir=arguments.factors)
    recipes = candidates(Recipe.from_mapping(base.recipe.fine_tune))
    settings = SamplingSettings(base.recipe.generation["steps"], base.recipe.generation["guidance"], SEED)
    for word in arguments.subjects:
        case: Case | None = None
        for name in arguments.recipes or recipes:
            if not has(arguments.out, base, word, recipes[name]):
                whole = replace(recipes[name], prior_loss_weight=1.0, prior_count=PRIOR)
                case = case or prepare(base, renders, word, whole, settings, quiet)
                row = measured(base, judge, case, recipes[name], settings)
                append(arguments.out, FIELDS, row)
                print(name, row, flush=True)


def measured(base: Base, judge: Judge, case: Case, recipe: Recipe, settings: SamplingSettings) -> dict[str, Any]:
    """Train one shift, and compare what it draws."""
    if case.prior is not None:
        case = replace(case, prior=case.prior[: recipe.prior_count])
    one = personalize(base, case, recipe, settings, quiet)
    found = align(judge, one)
    plain = sample_pictures(
        base, [f"{case.class_prompt} {phrase}" for phrase in case.scene_phrases], settings, one.shift
    )
    return identity(base, case.word, recipe) | {
        "share": round(found.share, 3),
        "scene": round(found.scene, 3),
        "drift": round(float((plain - case.before).abs().mean()), 4),
    }


def identity(base: Base, word: str, recipe: Recipe) -> dict[str, Any]:
    """What tells a row from the others."""
    return {
        "base": base.fingerprint[:13],
        "subject": word,
        **{name: getattr(recipe, name) for name in SETTINGS},
    }


def has(path: Path, base: Base, word: str, recipe: Recipe) -> bool:
    """Whether the table has the row."""
    wanted = {name: str(value) for name, value in identity(base, word, recipe).items()}
    return any(all(row[name] == value for name, value in wanted.items()) for row in read(path))


def quiet(what: str, done: int, total: int) -> None:
    """Progress that is not shown."""


if __name__ == "__main__":
    main()
