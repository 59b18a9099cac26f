"""The judge from nothing to its folder; every part leaves files behind and starts where they end."""

import shutil
from pathlib import Path

from bench.emoji_base.data import sprites
from bench.emoji_base.data.scenes import ScenePlanner
from bench.emoji_base.data.sprites import SpriteTable
from bench.emoji_base.judge import card, examples, measure, training
from bench.emoji_base.judge.data import icons, shipped_renders, variants
from bench.emoji_base.judge.data.icon_scenes import IconPlanner
from bench.emoji_base.judge.data.rendering import render
from bench.emoji_base.judge.facts import BACKGROUNDS, NOUNS
from bench.emoji_base.judge.objective import Objective
from bench.emoji_base.judge.recipe import JudgeData, JudgeRecipe, digest_of
from bench.emoji_base.stages import Workplace
from bench.emoji_base.training.run import Run
from svdiff_core.emoji.judge import Judge, JudgeConfig, load_judge, save_judge
from svdiff_core.emoji.judge_text import Words

LARGEST = 6_000_000  # bytes, with the renders


class JudgeTooLargeError(Exception):
    """The judge is carried by the repository, so it has a size limit."""

    code = "judge_too_large"

    def __init__(self, size: int) -> None:
        super().__init__(f"the judge's folder takes {size:,} bytes; the limit is {LARGEST:,}")


def make(place: Workplace, recipe: JudgeRecipe, target: Path) -> int:
    """Train the judge on the rendered scenes, measure it, and write its folder; its bytes."""
    folder = place.folder / "judge"
    sprites.make(place.downloads, place.folder / "sprites", place.recipe.data.sprite_side)
    icons.make(place.downloads, folder / "icons", recipe.data.sprite_side)
    drawings, checked = variants.all_kinds(icons.load(folder / "icons")), _checked_sprites(place)
    scenes = render_scenes(drawings, recipe.data, folder)
    singles = render_icons(drawings, recipe.data, folder)
    checks, words = measure.checks(checked), training.vocabulary(scenes)
    run = training.start(recipe, Words(words), int(singles.icon.max()) + 1)
    run.resume(folder / training.STATE)
    training.train(run, Objective(recipe, Words(words), scenes, singles), recipe, checks, folder)
    run.use_average()
    save_judge(finished(run, recipe, words), target)
    shipped_renders.write(checked, target / "renders")
    shutil.copyfile(folder / training.CURVE, target / training.CURVE)
    facts = card.Facts.of(len(scenes.pixels), singles, run.step, run.elapsed)
    _measure(target, checks, recipe, facts)
    return _size(target)


def render_scenes(table: SpriteTable, data: JudgeData, folder: Path) -> examples.Scenes:
    """Render the captioned scenes that are missing."""
    nouns = variants.in_company(icons.nouns_of(table))
    planner = ScenePlanner(set(nouns), data.mix, data.seed)
    plans = [planner.plan(index) for index in range(data.scenes)]
    return examples.scenes(render(plans, nouns, folder / f"scenes-{digest_of(data)}", data.side), plans)


def render_icons(table: SpriteTable, data: JudgeData, folder: Path) -> examples.Icons:
    """Render the scenes of single icons that are missing."""
    planner = IconPlanner(list(table), data.counts, data.seed)
    plans = [planner.plan(index) for index in range(len(planner.shown))]
    return examples.icons(render(plans, table, folder / f"icons-{digest_of(data)}", data.side), plans)


def finished(run: Run, recipe: JudgeRecipe, words: tuple[str, ...]) -> Judge:
    """Put the trained towers into a judge."""
    judge = Judge(JudgeConfig(NOUNS, BACKGROUNDS, words, recipe.image, recipe.text))
    for name, tower in judge.towers.items():
        tower.load_state_dict(run.modules[name].state_dict())
    return judge


def _measure(target: Path, checks: measure.Checks, recipe: JudgeRecipe, facts: card.Facts) -> None:
    """Write the card of the judge as it is stored, in fp16."""
    judge = load_judge(target)
    figures = measure.figures(judge.read, checks) | measure.text_figures(judge, checks)
    card.write(judge, recipe, facts, figures, target)


def _size(target: Path) -> int:
    size = sum(path.stat().st_size for path in target.rglob("*") if path.is_file())
    if size > LARGEST:
        raise JudgeTooLargeError(size)
    return size


def _checked_sprites(place: Workplace) -> SpriteTable:
    folder = place.folder / "sprites"
    return sprites.load(folder, sprites.TRAINING) | sprites.load(folder, sprites.SUBJECTS)
