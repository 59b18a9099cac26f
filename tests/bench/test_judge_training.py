import dataclasses
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from bench.emoji_base.data import held_out, sprites
from bench.emoji_base.data.drawing import draw
from bench.emoji_base.data.scenes import Mix, Scene, ScenePlanner
from bench.emoji_base.data.sprites import SpriteTable
from bench.emoji_base.data.words import NOUNS
from bench.emoji_base.judge import examples, facts, measure, stage, training
from bench.emoji_base.judge.data import icons, shipped_renders, variants
from bench.emoji_base.judge.data.augment import augment
from bench.emoji_base.judge.data.held_out_scenes import two_things
from bench.emoji_base.judge.data.icon_scenes import Counts, IconPlanner
from bench.emoji_base.judge.data.more_sets import FIREFOX, STREAMLINE, own_names
from bench.emoji_base.judge.data.rendering import render
from bench.emoji_base.judge.data.repaint import HEX_COLOR, repainted
from bench.emoji_base.judge.data.wrong_captions import other_noun, other_place, other_sides, wrong
from bench.emoji_base.judge.examples import UNKNOWN, Icons, Scenes
from bench.emoji_base.judge.objective import Objective
from bench.emoji_base.judge.recipe import Batch, JudgeData, JudgeRecipe
from bench.emoji_base.training.run import Run
from svdiff_core.emoji.evaluation.renders import load_renders
from svdiff_core.emoji.judge import load_judge, save_judge
from svdiff_core.emoji.judge_image import ImageShape
from svdiff_core.emoji.judge_text import TextShape, Words

RECIPE = JudgeRecipe(
    image=ImageShape(stem=8, channels=(8, 16, 16), hidden=8, text_width=8, subject_width=8),
    text=TextShape(width=8, layers=1, heads=2),
    data=JudgeData(scenes=40, counts=Counts(noun=2, other=2)),
    batch=Batch(scenes=6, icons=4, drawings=2, noun_share=0.5),
    steps=4,
    warm_up=1,
)


@pytest.fixture(scope="module")
def plans(drawings: SpriteTable) -> list[Scene]:
    """Many plans of captioned scenes, styles and "thing" among them."""
    pairs = {pair for pair in drawings if pair[0] in sprites.TRAINING.sets and pair[1] in sprites.TRAINING.words}
    planner = ScenePlanner(pairs, Mix(styled=0.2, thing=0.05, wearing=0.2), seed=5)
    return [planner.plan(i) for i in range(400)]


@pytest.fixture(scope="module")
def table(drawings: SpriteTable) -> SpriteTable:
    """The training sets' nouns under the names of their icons, and two icons that are no nouns."""
    names = {noun.word: noun.icon for noun in NOUNS if noun.word in sprites.TRAINING.words}
    own = {(name, names[word]): s for (name, word), s in drawings.items() if word in names and name != "emojione"}
    more = {(name, icon): own[name, "panda"] for name in sprites.TRAINING.sets for icon in ("anchor", "bell")}
    return own | more


@pytest.fixture(scope="module")
def data(table: SpriteTable, tmp_path_factory: pytest.TempPathFactory) -> tuple[Scenes, Icons]:
    """A small training set."""
    folder = tmp_path_factory.mktemp("judge")
    return stage.render_scenes(table, RECIPE.data, folder), stage.render_icons(table, RECIPE.data, folder)


def _start(data: tuple[Scenes, Icons]) -> tuple[Run, Objective]:
    words = Words(training.vocabulary(data[0]))
    return training.start(RECIPE, words, int(data[1].icon.max()) + 1), Objective(RECIPE, words, *data)


def test_every_caption_is_true_of_its_own_picture(plans: list[Scene]) -> None:
    """What the caption claims, the plan shows; and most captions are untrue of most other pictures."""
    shown = facts.flags([facts.shown(plan) for plan in plans])
    said = facts.flags([facts.said(plan.caption) for plan in plans])
    untrue = facts.contradicted(said, shown)
    assert not untrue.diagonal().any()
    assert untrue.mean() > 0.9


def test_a_caption_claims_all_that_it_says() -> None:
    """Sides, colors, styles, hats and places are each a fact; "thing" is none."""
    names = {number: fact for fact, number in facts.FACTS.items()}

    def said(caption: str) -> set[tuple[str, str]]:
        return {names[number] for number in facts.said(caption)}

    assert said("a dog on the left and an apple on the right on an orange background") == {
        *(("shows", "dog"), ("shows", "apple"), ("left", "dog"), ("right", "apple"), ("at", "orange background")),
    }
    assert said("a sketch of a blue cat") == {("styled", "sketch"), ("shows", "cat"), ("colored", "blue")}
    assert said("a pig wearing a hat at night") == {
        *(("shows", "pig"), ("shows", "hat"), ("wears", "hat"), ("at", "night")),
    }
    assert said("a photo of a thing underwater") == {("at", "underwater")}


def test_an_almost_right_caption_differs_in_one_thing(plans: list[Scene]) -> None:
    """Exchanged sides come back, another place replaces the old one, and the claims are of the known kinds."""
    rng = np.random.default_rng(0)
    assert other_sides("a dog on the left and a cat on the right") == "a dog on the right and a cat on the left"
    assert facts.said(other_place("a dog on the beach", rng)) & facts.said("a dog") == facts.said("a dog")
    assert other_noun("a thing at night", rng) == "a thing at night"
    for plan in plans:
        changed = wrong(plan.caption, rng)
        assert other_sides(other_sides(changed)) == changed
        assert len(facts.said(changed) - facts.said(plan.caption)) <= 3, (plan.caption, changed)


def test_no_icon_of_a_held_out_noun_is_read() -> None:
    """Every name of the nouns that are held out is left out of the icons."""
    assert {"owl", "unicorn", "turtle", "banana", "sailboat"} == icons.HELD_OUT_ICONS
    assert held_out.SUBJECT_SET not in {entry.name for entry in icons.SETS}
    assert set(held_out.FIGURE_SUBJECTS).isdisjoint(held_out.SWEEP_SUBJECTS)
    assert set(held_out.FIGURE_SUBJECTS + held_out.SWEEP_SUBJECTS) <= set(facts.NOUNS)


def test_other_names_of_an_icon_are_found() -> None:
    """A set's own name goes before a spelling without hyphens, and that before a first variant."""
    known = {"bunny", "rabbitface", "birthdaycake", "fox-face-1", "birthday-cake-1"}
    assert own_names(FIREFOX, ["rabbit-face", "birthday-cake", "owl"], known) == {
        "rabbit-face": "bunny",
        "birthday-cake": "birthdaycake",
    }
    assert own_names(STREAMLINE, ["fox", "bear"], known) == {"fox": "fox-face-1"}


def test_a_turned_drawing_is_another_only_if_the_eye_can_tell() -> None:
    """Gray has no hue to turn; red does, its outline stays, and every set's is turned alike."""
    red, gray = Image.new("RGBA", (8, 8), (220, 30, 30, 255)), Image.new("RGBA", (8, 8), (90, 90, 90, 255))
    red.putpixel((0, 0), (0, 0, 0, 0))
    repainted = {("noto~repainted", "anchor"): gray, ("noto~repainted", "apple"): gray}
    table = variants.all_kinds(
        {("noto", "apple"): red, ("twemoji", "apple"): red, ("noto", "anchor"): gray} | repainted
    )
    assert ("noto~turned", "anchor") not in table
    assert ("noto~repainted", "anchor") not in table
    turned = table["noto~turned", "apple"]
    assert turned.getchannel("A").tobytes() == red.getchannel("A").tobytes()
    assert turned.getpixel((4, 4)) != red.getpixel((4, 4))
    assert turned.tobytes() == table["twemoji~turned", "apple"].tobytes()
    assert {variants.kind_of(name) for name, _ in table} == set(variants.KINDS)


def test_few_drawings_of_other_kinds_join_captioned_scenes(table: SpriteTable) -> None:
    """All plain drawings are there, and of each icon at most as many of another kind as may be."""
    chosen = variants.in_company(variants.all_kinds(table))
    assert {key for key in chosen if variants.kind_of(key[0]) == variants.PLAIN} == set(table)
    turned = [icon for name, icon in chosen if variants.kind_of(name) == variants.TURNED]
    assert len(turned) == len(set(turned)) > 0


def test_repainting_exchanges_every_color_alike_and_nothing_else() -> None:
    """Short and long spellings of one color become the same color; the same seed paints the same."""
    svg = '<path fill="#c63" d="M1 2#"/><path fill="#CC6633"/><stop stop-color="#3366cc" id="a#b"/><use href="#add"/>'
    painted = repainted(svg, seed=2)
    colors = HEX_COLOR.findall(painted)
    assert colors[0] == colors[1] not in {"#c63", "#cc6633"}
    assert colors[2] != "#3366cc"
    assert HEX_COLOR.sub("", painted) == HEX_COLOR.sub("", svg)
    assert 'href="#add"' in painted
    assert repainted(svg, seed=2) == painted != repainted(svg, seed=3)


def test_each_drawing_is_shown_as_often_as_it_is_to_be(table: SpriteTable) -> None:
    """Nouns have their own count, and the plan of a number is always the same."""
    planner = IconPlanner(list(table), Counts(noun=3, other=2), seed=1)
    assert planner.shown.count(("noto", "panda")) == 3
    assert planner.shown.count(("noto", "bell")) == 2
    assert planner.plan(7) == IconPlanner(list(table), Counts(noun=3, other=2), seed=1).plan(7)


def test_scenes_are_rendered_once(table: SpriteTable, tmp_path: Path) -> None:
    """A second call reads what the first drew, pixel for pixel."""
    plans = [IconPlanner(list(table), Counts(2, 2), seed=1).plan(i) for i in range(3)]
    first = render(plans, table, tmp_path, 32)
    np.testing.assert_array_equal(render(plans, {}, tmp_path, 32), first)
    assert first.shape == (3, 32, 32, 3)


def test_labels_follow_the_plans(plans: list[Scene]) -> None:
    """One thing has a noun and no sides, two things have sides and no noun; a colorless style hides a plain color."""
    labels = examples.scenes(np.zeros((len(plans), 1, 1, 3), np.uint8), plans)
    for plan, noun, left, right, scene in zip(plans, labels.noun, labels.left, labels.right, labels.scene, strict=True):
        words = [thing.word for thing in plan.things]
        if len(words) == 2 and "wearing" not in plan.caption:
            assert (noun, facts.NOUNS[left], facts.NOUNS[right]) == (UNKNOWN, *words)
        else:
            assert facts.NOUNS[noun] == words[0]
        hidden = plan.plain and plan.style in {"black and white", "sketch"}
        assert (scene == UNKNOWN) == hidden


def test_augmentation_keeps_pictures_pictures() -> None:
    """Values stay in [0, 1], the left stays left, and the same generator gives the same pictures."""
    x = torch.zeros((64, 3, 64, 64))
    x[:, 0, 20:44, 4:28] = 1
    first, again = (augment(x, torch.Generator().manual_seed(3)) for _ in range(2))
    torch.testing.assert_close(first, again, rtol=0, atol=0)
    assert first.min() >= 0
    assert first.max() <= 1
    left, right = first[:, 0].chunk(2, dim=2)
    assert (left.mean(dim=(1, 2)) > right.mean(dim=(1, 2)) + 0.1).all()


def test_a_batch_pairs_pictures_of_the_same_drawing(data: tuple[Scenes, Icons]) -> None:
    """Two different pictures of each drawing, several drawings of each icon, nouns and others; the same for a step."""
    _, objective = _start(data)
    drawn, singles = objective.draw(3), data[1]
    pairs = drawn.icons.reshape(-1, 2)
    assert (pairs[:, 0] != pairs[:, 1]).all()
    assert (singles.drawing[pairs[:, 0]] == singles.drawing[pairs[:, 1]]).all()
    assert len(set(singles.icon[drawn.icons])) == 4
    assert len(set(singles.drawing[drawn.icons])) == 8
    assert (singles.noun[drawn.icons] == UNKNOWN).sum() == 8
    assert all(
        len(set(singles.kind[drawn.icons][singles.icon[drawn.icons] == i])) == 1 for i in singles.icon[drawn.icons]
    )
    np.testing.assert_array_equal(objective.draw(3).icons, drawn.icons)


def test_a_resumed_training_equals_an_undisturbed_one(data: tuple[Scenes, Icons], tmp_path: Path) -> None:
    """Every parameter ends bit for bit the same, and the loss is a number."""
    whole, objective = _start(data)
    (tmp_path / "whole").mkdir()
    training.train(whole, objective, RECIPE, None, tmp_path / "whole")
    first, objective = _start(data)
    training.train(first, objective, dataclasses.replace(RECIPE, steps=2, decay_share=1e-9), None, tmp_path)
    second, objective = _start(data)
    assert second.resume(tmp_path / training.STATE)
    assert second.step == 2
    training.train(second, objective, RECIPE, None, tmp_path)
    assert second.step == whole.step == 4
    torch.testing.assert_close(dict(second.parameters()), dict(whole.parameters()), rtol=0, atol=0)


def test_a_trained_judge_answers_in_the_same_words(data: tuple[Scenes, Icons], tmp_path: Path) -> None:
    """The towers that were trained are those that the folder holds, with every noun, background and caption's word."""
    run, _ = _start(data)
    words = training.vocabulary(data[0])
    save_judge(stage.finished(run, RECIPE, words), tmp_path)
    judge = load_judge(tmp_path)
    assert (judge.nouns, judge.scenes, judge.config.words) == (facts.NOUNS, facts.BACKGROUNDS, words)
    pictures = torch.rand((2, 3, 64, 64), generator=torch.Generator().manual_seed(0))
    cosines = (judge.subject_embeddings(pictures) * measure.read_with(run.modules["image"], pictures).subject).sum(1)
    torch.testing.assert_close(cosines, torch.ones(2), rtol=0, atol=1e-3)


def test_what_ships_is_part_of_what_was_measured(drawings: SpriteTable, tmp_path: Path) -> None:
    """The sheets hold held-out drawings where they say so, and come back as they were drawn."""
    sheets = shipped_renders.plans()
    for name in ("held_out", "pairs", "subjects"):
        assert {thing.set_name for plan in sheets[name] for thing in plan.things} == {held_out.SUBJECT_SET}
    assert {thing.set_name for plan in sheets["trained"] for thing in plan.things} == set(sprites.TRAINING.sets)
    own = (held_out.SUBJECT_SET,)
    assert two_things(own, measure.PAIRS, measure.SEEDS["held_out_pairs"])[: shipped_renders.PAIRS] == sheets["pairs"]
    shipped_renders.write(drawings, tmp_path)
    first = np.asarray(draw(sheets["subjects"][0], drawings, 64), np.float32) / 255
    again = load_renders(tmp_path).subjects.pictures[0].permute(1, 2, 0).numpy()
    np.testing.assert_array_equal(again, first)
