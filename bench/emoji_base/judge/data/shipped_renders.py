"""The real renders that ship with the judge, so that an installed package can evaluate a base."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from PIL import Image

from bench.emoji_base.data import held_out, sprites
from bench.emoji_base.data.drawing import draw
from bench.emoji_base.data.emoji_sets import emoji_set
from bench.emoji_base.data.scenes import Scene
from bench.emoji_base.judge import measure
from bench.emoji_base.judge.data.held_out_scenes import PLACES, one_thing, subject_pictures, two_things
from bench.emoji_base.judge.facts import NOUNS, PLACE_PHRASES
from svdiff_core.emoji.evaluation.renders import FILE, SIDE

COLUMNS = 20
TRAINED_STEP = 3  # of three renders of trained drawings one ships
PAIRS = 100

ATTRIBUTION = """# Attribution

The things in `held_out.png`, `pairs.png` and `subjects.png` are drawings of {held_out}.
Those in `trained.png` are drawings of {trained}.

Changes: rendered to pixels, cut to the outline, resized, turned, mirrored or toned, and placed on backgrounds that
this project draws. CC BY 4.0: https://creativecommons.org/licenses/by/4.0/.

`python -m bench.emoji_base judge` makes them again. No judge and no base was trained on the held-out drawings.
"""


def plans() -> dict[str, list[Scene]]:
    """Return the plans of every sheet; those of one or two things are the first of the judge's own checks."""
    own, training = (held_out.SUBJECT_SET,), sprites.TRAINING.sets
    return {
        "trained": one_thing(NOUNS, training, measure.SEEDS["trained"])[::TRAINED_STEP],
        "held_out": one_thing(NOUNS, own, measure.SEEDS["held_out"]),
        "pairs": two_things(own, PAIRS, measure.SEEDS["held_out_pairs"]),
        "subjects": [scene for word in _subjects() for scene in subject_pictures(word)],
    }


def write(table: Mapping[tuple[str, str], Image.Image], folder: Path) -> int:
    """Draw all sheets and describe them; the bytes in all."""
    folder.mkdir(parents=True, exist_ok=True)
    sheets = plans()
    for name, scenes in sheets.items():
        _sheet([draw(scene, table, SIDE) for scene in scenes]).save(folder / f"{name}.png", optimize=True)
    description = {
        "places": {place: PLACE_PHRASES[place] for place in PLACES},
        "figures": held_out.FIGURE_SUBJECTS,
        "sweep": held_out.SWEEP_SUBJECTS,
        "sheets": {name: [_described(scene) for scene in scenes] for name, scenes in sheets.items()},
    }
    (folder / FILE).write_text(json.dumps(description, separators=(",", ":")) + "\n")
    (folder / "ATTRIBUTION.md").write_text(_attribution())
    return sum(path.stat().st_size for path in folder.iterdir())


def _subjects() -> tuple[str, ...]:
    return held_out.FIGURE_SUBJECTS + held_out.SWEEP_SUBJECTS


def _described(scene: Scene) -> dict[str, object]:
    return {"things": [thing.word for thing in scene.things], "scene": scene.background}


def _sheet(pictures: Sequence[Image.Image]) -> Image.Image:
    """Lay the pictures out in rows, without gaps."""
    rows = -(-len(pictures) // COLUMNS)
    pixels = np.zeros((rows * COLUMNS, SIDE, SIDE, 3), np.uint8)
    pixels[: len(pictures)] = np.stack([np.asarray(picture) for picture in pictures])
    tiles = pixels.reshape(rows, COLUMNS, SIDE, SIDE, 3).swapaxes(1, 2)
    return Image.fromarray(np.ascontiguousarray(tiles.reshape(rows * SIDE, COLUMNS * SIDE, 3)))


def _attribution() -> str:
    trained = "; ".join(_credit(name) for name in sprites.TRAINING.sets)
    return ATTRIBUTION.format(held_out=_credit(held_out.SUBJECT_SET), trained=trained)


def _credit(name: str) -> str:
    entry = emoji_set(name)
    return f"{entry.author} ({entry.source}, {entry.license})"
