"""Two subjects in one picture: shifts added, trained jointly, with Cut-Mix, and with the unmix loss as well.

Each way is trained from several seeds: one training says little, since which of two similar subjects wins is chance.
"""

from collections.abc import Iterator, Sequence
from dataclasses import asdict, replace
from typing import Any

import torch
import torch.nn.functional as F  # noqa: N812 — torch's own name for it

from bench.report.attention import attention_mass
from bench.report.choices import plain
from bench.report.stage import ReportStage, Task
from bench.report.strips import own
from bench.report.studio import TOKENS, Learned, Studio, save_strip
from bench.report.two_looks import TwoLooks, two_looks
from svdiff_core.emoji.evaluation.prompts import with_article
from svdiff_core.emoji.judge_image import SIDE
from svdiff_core.parameters.methods import FULL
from svdiff_core.parameters.recipe import Recipe
from svdiff_core.shift.algebra import add
from svdiff_core.training.subjects import Subject

TRAININGS = {  # seeds by pair: the most similar of the held-out subjects by the judge, and two of the least
    "lion-monkey": ("7", "8", "9", "10", "11"),
    "dog-gift": ("7", "8", "9"),
}
PAIRS = tuple(TRAININGS)
BASE, ADDED, JOINT, CUT_MIX, UNMIXED = "base", "added", "joint", "cut-mix", "cut-mix, unmix"
FULL_UNMIXED = "all weights, cut-mix, unmix"
WAYS = (BASE, ADDED, JOINT, CUT_MIX, UNMIXED, FULL_UNMIXED)
PLACES = ("beach", "snow", "forest", "desert")
SEEDS = (7, 107, 207, 307)


def tasks() -> list[Task]:
    """Each pair in each way that is trained from each seed, and the base once."""
    return [
        {"pair": pair, "way": way, "seed": seed}
        for pair in PAIRS
        for way in WAYS
        for seed in TRAININGS[pair][: 1 if way == BASE else None]
    ]


def run(studio: Studio, task: Task) -> Iterator[dict[str, Any]]:
    """Draw both subjects next to each other, in either order, in four places from four seeds."""
    words = task["pair"].split("-")
    subjects = [studio.subject(word, token) for word, token in zip(words, TOKENS, strict=True)]
    learned = learn(studio, task, words, subjects)
    things = words if task["way"] == BASE else [f"{one.token} {one.class_word}" for one in subjects]
    sets = [studio.sample(prompts(studio, things), learned, seed) for seed in SEEDS]
    if task["seed"] == TRAININGS[task["pair"]][0]:
        save_strip(f"{task['pair']} {task['way']}", sets[0])
    mass = attention_mass(studio.base, subjects, studio.recipe, learned)
    found = {name: round(value, 4) for name, value in asdict(looks(studio, torch.cat(sets), words)).items()}
    attention = {"attention_own": round(mass.own, 5), "attention_other": round(mass.other, 5)}
    yield {"steps": studio.recipe.steps, **found, **attention}


def learn(studio: Studio, task: Task, words: Sequence[str], subjects: Sequence[Subject]) -> Learned | None:
    """What this way of combining gives."""
    way, seed = task["way"], int(task["seed"])
    if way == BASE:
        return None
    if way == ADDED:
        return add([(own(studio, word, token, seed), 1.0) for word, token in zip(words, TOKENS, strict=True)])
    return studio.learned(f"{task['pair']} {way} {seed}", subjects, recipe(studio, way), seed)


def recipe(studio: Studio, way: str) -> Recipe:
    """The base's own recipe, whose steps are enough for two subjects; rates of full weights are the sweep's."""
    joint = plain(studio, FULL) if way == FULL_UNMIXED else studio.recipe
    joint = replace(joint, steps=studio.recipe.steps)
    if way == JOINT:
        return replace(joint, cut_mix_probability=0.0, unmix_weight=0.0)
    return replace(joint, unmix_weight=0.0) if way == CUT_MIX else joint


def prompts(studio: Studio, things: Sequence[str]) -> list[str]:
    """Eight prompts that no training shows."""
    orders = (tuple(things), tuple(reversed(things)))
    places = [studio.renders.scene_phrases[place] for place in PLACES]
    return [f"{with_article(a)} next to {with_article(b)} {place}" for place in places for a, b in orders]


def looks(studio: Studio, pictures: torch.Tensor, words: Sequence[str]) -> TwoLooks:
    """As the judge sees them, at its own size."""
    sized = F.interpolate(pictures, size=(SIDE, SIDE), mode="bilinear", antialias=True, align_corners=False)
    return two_looks(studio.judge, sized, words, [studio.references(word) for word in words])


PAIRS_STAGE = ReportStage(
    "pairs",
    ("pair", "way", "seed"),
    ("steps", "present", "own", "same", "alignment", "attention_own", "attention_other"),
    tasks,
    run,
)
