"""The rendered training set on disk: pictures as uint8 arrays, captions as text, in shards that resume."""

import json
import multiprocessing
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
import numpy.typing as npt

from bench.emoji_base.data import sprites
from bench.emoji_base.data.drawing import draw
from bench.emoji_base.data.scenes import ScenePlanner
from bench.emoji_base.recipe import Data

Pictures = npt.NDArray[np.uint8]  # (n, side, side, 3)


@dataclass(frozen=True)
class SceneSet:
    """Scenes of one split: which sprites, which seed, how many."""

    name: str
    split: sprites.Split
    seed: int
    count: int


def training_set(data: Data, seed: int) -> SceneSet:
    """Name the scenes that train the base."""
    return SceneSet("train", sprites.TRAINING, seed, data.scenes)


def check_sets(data: Data, seed: int) -> tuple[SceneSet, SceneSet]:
    """Name the scenes that only measure: new scenes of trained drawings, and the held-out set's drawings."""
    return (
        SceneSet("check", sprites.TRAINING, seed + 1_000_003, data.held_out_scenes),
        SceneSet("subjects", sprites.SUBJECTS, seed + 2_000_003, data.held_out_scenes),
    )


def render(scene_set: SceneSet, data: Data, folder: Path, processes: int) -> None:
    """Render the shards that are missing."""
    (folder / scene_set.name).mkdir(parents=True, exist_ok=True)
    missing = [i for i in range(_shards(scene_set, data)) if not _captions(folder, scene_set, i).exists()]
    task = partial(_render_shard, scene_set, data, folder)
    with multiprocessing.get_context("spawn").Pool(processes) as pool:
        for done, _ in enumerate(pool.imap_unordered(task, missing), start=1):
            print(f"data {scene_set.name}: {done}/{len(missing)} shards", flush=True)


def pictures(scene_set: SceneSet, data: Data, folder: Path) -> Pictures:
    """Read all pictures of a rendered set."""
    count = _shards(scene_set, data)
    return np.concatenate([np.load(_pixels(folder, scene_set, i)) for i in range(count)])


def captions(scene_set: SceneSet, data: Data, folder: Path) -> list[str]:
    """Read all captions of a rendered set, in the order of its pictures."""
    texts = [_captions(folder, scene_set, i).read_text() for i in range(_shards(scene_set, data))]
    return [caption for text in texts for caption in json.loads(text)]


def _render_shard(scene_set: SceneSet, data: Data, folder: Path, index: int) -> None:
    table = sprites.load(folder.parent / "sprites", scene_set.split)
    planner = ScenePlanner(set(table), data.mix, scene_set.seed)
    first = index * data.shard
    plans = [planner.plan(i) for i in range(first, min(first + data.shard, scene_set.count))]
    np.save(_pixels(folder, scene_set, index), np.stack([np.asarray(draw(plan, table, data.side)) for plan in plans]))
    _captions(folder, scene_set, index).write_text(json.dumps([plan.caption for plan in plans]))


def _shards(scene_set: SceneSet, data: Data) -> int:
    return -(-scene_set.count // data.shard)


def _pixels(folder: Path, scene_set: SceneSet, index: int) -> Path:
    return folder / scene_set.name / f"pictures-{index:03}.npy"


def _captions(folder: Path, scene_set: SceneSet, index: int) -> Path:
    return folder / scene_set.name / f"captions-{index:03}.json"
