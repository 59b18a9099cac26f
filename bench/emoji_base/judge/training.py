"""The training of the judge: resumable, seeded, as many steps as its recipe says."""

from functools import partial
from pathlib import Path

import torch

from bench.emoji_base.judge import measure
from bench.emoji_base.judge.examples import Scenes
from bench.emoji_base.judge.facts import BACKGROUNDS, NOUNS
from bench.emoji_base.judge.objective import Guide, Objective
from bench.emoji_base.judge.recipe import JudgeRecipe, digest_of
from bench.emoji_base.training.journal import Journal
from bench.emoji_base.training.run import Run, Stopwatch
from bench.emoji_base.training.schedule import rate_at
from svdiff_core.emoji.judge_image import ImageTower
from svdiff_core.emoji.judge_text import TextTower, Words

LOG_EVERY, CHECK_EVERY, SAVE_EVERY = 100, 500, 250
STATE, CURVE = "judge.safetensors", "judge.csv"


def vocabulary(scenes: Scenes) -> tuple[str, ...]:
    """Return every word of the captions, in alphabetical order."""
    return tuple(sorted({word for caption in scenes.captions for word in caption.split()}))


def start(recipe: JudgeRecipe, words: Words, icons: int) -> Run:
    """Return a fresh run from seeded weights."""
    torch.manual_seed(recipe.seed)
    image = ImageTower(recipe.image, len(NOUNS), len(BACKGROUNDS))
    text = TextTower(recipe.text, len(words), recipe.image.text_width)
    modules = {"image": image, "text": text, "guide": Guide(recipe.image, icons)}
    return Run(modules, recipe.rate, recipe.decay, recipe.average, digest_of(recipe))


def train(run: Run, objective: Objective, recipe: JudgeRecipe, checks: measure.Checks | None, folder: Path) -> None:
    """Train all steps, saving and measuring on the way."""
    image, text, guide = (run.modules[name] for name in ("image", "text", "guide"))
    journal, watch = Journal(folder / CURVE, "judge"), Stopwatch(run)
    sums: dict[str, float] = {}
    while run.step < recipe.steps:
        losses = objective.losses(image, text, guide, run.step)
        rate = rate_at(recipe.rate, run.step, recipe.steps, warm_up=recipe.warm_up, decay_share=recipe.decay_share)
        run.update(objective.total(losses), rate, recipe.clip)
        watch.lap()
        sums = {name: sums.get(name, 0.0) + float(value.detach()) / LOG_EVERY for name, value in losses.items()}
        if run.step % LOG_EVERY == 0:
            journal.write(step=run.step, seconds=run.elapsed, rate=rate, **sums)
            sums = {}
        if run.step % SAVE_EVERY == 0:
            run.save(folder / STATE)
        if checks is not None and run.step % CHECK_EVERY == 0:
            with run.averaged():
                figures = measure.figures(partial(measure.read_with, image), checks)
            Journal(folder / "judge-figures.csv", "judge").write(step=run.step, **figures)
            watch.lap()
    run.save(folder / STATE)
