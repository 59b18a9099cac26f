"""A batch's file: fine-tunes, pictures of what they made, and plain ones."""

import json
import random
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from tests.chaos.traffic.plan import MAX_BATCH_LINES, TINY, Recipe


@dataclass(frozen=True)
class BatchFile:
    """The text, and the recipe of each fine-tune by its line's custom_id; None for a generation."""

    text: str
    recipes: dict[str, str | None]


def batch_file(recipes: Sequence[Recipe], images: list[str], rng: random.Random) -> BatchFile:
    """As many lines as every batch of a run has, in any order: a line may come before the one that it waits for."""
    trainers = {f"train-{number}": recipe for number, recipe in enumerate(recipes)}
    lines = [line(name, "fine_tune", recipe.body(images)) for name, recipe in trainers.items()]
    quick = [name for name, recipe in trainers.items() if recipe.base == TINY]
    for number in range(MAX_BATCH_LINES - len(lines)):
        wanted = rng.sample(quick, rng.randint(0, len(quick)))
        lines.append(line(f"make-{number}", "generation", pictures(wanted, rng)))
    rng.shuffle(lines)
    named = {
        one["custom_id"]: trainers[one["custom_id"]].name if one["custom_id"] in trainers else None for one in lines
    }
    return BatchFile("".join(json.dumps(one) + "\n" for one in lines), named)


def line(custom_id: str, kind: str, body: dict[str, Any]) -> dict[str, Any]:
    """One line."""
    return {"custom_id": custom_id, "kind": kind, "body": body}


def pictures(trainers: list[str], rng: random.Random) -> dict[str, Any]:
    """Of the tiny base, with the shifts that these lines make."""
    shifts = [{"custom_id": name, "weight": 0.7} for name in trainers]
    body = {"base": TINY, "prompt": "a photo of a sks dog", "seed": rng.randrange(2**31)}
    return body | {"steps": rng.randint(1, 4), "shifts": shifts}
