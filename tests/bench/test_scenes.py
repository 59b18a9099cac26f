from pathlib import Path

import numpy as np
import pytest

from bench.emoji_base.data import held_out, sprites
from bench.emoji_base.data.backgrounds import scene_background
from bench.emoji_base.data.drawing import draw
from bench.emoji_base.data.scenes import Mix, Placed, Scene, ScenePlanner, place_phrase
from bench.emoji_base.data.sprites import SpriteTable
from bench.emoji_base.data.words import SCENES


@pytest.fixture
def planner(drawings: SpriteTable) -> ScenePlanner:
    """A planner over the training split."""
    pairs = {pair for pair in drawings if pair[0] in sprites.TRAINING.sets and pair[1] in sprites.TRAINING.words}
    return ScenePlanner(pairs, Mix(), seed=3)


def test_a_plan_depends_on_its_number_alone(planner: ScenePlanner) -> None:
    """Asking in another order gives the same scenes, so shards can be rendered apart."""
    forwards = [planner.plan(i) for i in range(40)]
    backwards = [planner.plan(i) for i in reversed(range(40))]
    assert forwards == backwards[::-1]
    assert len({plan.caption for plan in forwards}) > 20


def test_a_caption_names_every_thing_from_left_to_right(planner: ScenePlanner) -> None:
    """What is drawn is said, and two things are said in the order in which they stand."""
    for plan in map(planner.plan, range(400)):
        said = plan.caption.split()
        if "thing" in said:
            assert len(plan.things) == 1
            continue
        places = [said.index(thing.word) for thing in plan.things]
        assert places == sorted(places), plan.caption
        if len(plan.things) == 2 and "wearing" not in said:
            assert plan.things[0].x < 0.4
            assert plan.things[1].x > 0.6


def test_a_caption_names_its_background_or_none(planner: ScenePlanner) -> None:
    """No caption places its things somewhere else."""
    phrases = {place_phrase(scene.name, plain=False) for scene in SCENES}
    for plan in map(planner.plan, range(400)):
        own = place_phrase(plan.background, plain=plan.plain)
        others = [phrase for phrase in phrases if phrase != own and plan.caption.endswith(f" {phrase}")]
        assert others == []


def test_orange_takes_an() -> None:
    """Articles follow the sound."""
    assert place_phrase("orange", plain=True) == "on an orange background"


def test_training_never_sees_a_held_out_drawing(drawings: SpriteTable, tmp_path: Path) -> None:
    """Of a folder that holds everything, the training split reads neither the held-out set nor the held-out nouns."""
    sprites.save(drawings, tmp_path)
    seen = sprites.load(tmp_path, sprites.TRAINING)
    assert {set_name for set_name, _ in seen}.isdisjoint({held_out.SUBJECT_SET})
    assert {word for _, word in seen}.isdisjoint(held_out.NOUN_WORDS)
    assert len(seen) == 5 * len(sprites.TRAINING.words)


def test_the_thing_on_the_left_is_drawn_on_the_left(drawings: SpriteTable) -> None:
    """Pixels follow the plan, and the same plan gives the same pixels."""
    things = (Placed("noto", "dog", 0.25, 0.5, 0.4), Placed("noto", "crown", 0.75, 0.5, 0.4))
    scene = Scene("white", plain=True, things=things, caption="", seed=0)
    pixels = np.asarray(draw(scene, drawings, 32)).astype(int)
    reds = [np.asarray(drawings[thing.set_name, thing.word])[0, 0, 0] for thing in things]
    assert [pixels[16, 8, 0], pixels[16, 24, 0]] == reds
    np.testing.assert_array_equal(pixels, np.asarray(draw(scene, drawings, 32)))


@pytest.mark.parametrize("scene", [scene.name for scene in SCENES])
def test_a_scene_leaves_no_pixel_undrawn(scene: str) -> None:
    """Canvas black shows nowhere."""
    pixels = np.asarray(scene_background(scene, 64, np.random.default_rng(5)))
    assert pixels.max(axis=2).min() > 20
