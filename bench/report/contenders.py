"""The methods that are compared, and how each is trained at a setting of it."""

from dataclasses import dataclass, replace
from typing import Any

from bench.report.stage import Task
from bench.report.studio import Learned, Studio
from svdiff_core.parameters.methods import CROSS_ATTENTION_KV, FULL, LORA, SVDIFF, SVDIFF_BAND
from svdiff_core.parameters.recipe import Recipe

TITLES: dict[str, str] = {
    SVDIFF: "SVDiff",
    SVDIFF_BAND: "SVDiff, band of 1",
    FULL: "all weights (DreamBooth)",
    LORA: "LoRA, r = 4",
    CROSS_ATTENTION_KV: "keys and values (Custom Diffusion)",
}
ALIGNED = ("image", "text")  # the two alignments by which they are compared
EMA_DECAY = 0.97  # of all methods, in what is compared
COMPANIONS = ("next to a cup", "next to a ball", "next to a cake", "next to a guitar")


@dataclass(frozen=True)
class Setting:
    """What the sweeps choose; `rest` is the rate of vectors, and of the text encoder, as a share of `rate`."""

    rate: float
    steps: int
    rest: float = 1.0


def recipe_of(studio: Studio, method: str, setting: Setting) -> Recipe:
    """The base's recipe, by another method."""
    changes: dict[str, Any] = {
        "method": method,
        "steps": setting.steps,
        "learning_rate": setting.rate,
        "learning_rate_1d": setting.rest * setting.rate,
        "text_encoder_learning_rate_scale": setting.rest,
    }
    return replace(studio.recipe, **changes)


def accompanied(recipe: Recipe) -> Recipe:
    """The recipe of what is compared: with companions in the prior, and a mean over steps as its result.

    None of the companions is in a prompt of the report.
    """
    return replace(recipe, prior_count=64, prior_companions=", ".join(COMPANIONS), ema_decay=EMA_DECAY)


def learned_in(studio: Studio, task: Task, setting: Setting) -> Learned:
    """What a method learns of a subject, trained once for all stages."""
    word, method = task["subject"], task["method"]
    recipe = accompanied(recipe_of(studio, method, setting))
    return studio.learned(f"{word} {method}", [studio.subject(word)], recipe)
