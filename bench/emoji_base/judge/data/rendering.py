"""Planned scenes as arrays of pictures, rendered in shards that resume."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from bench.emoji_base.data.drawing import draw
from bench.emoji_base.data.scenes import Scene
from bench.emoji_base.data.shards import Pictures
from bench.emoji_base.data.sprites import SpriteTable

SHARD = 2_000


def render(plans: Sequence[Scene], table: SpriteTable, folder: Path, side: int) -> Pictures:
    """Return the pictures of all plans, drawing the shards that the folder lacks."""
    folder.mkdir(parents=True, exist_ok=True)
    firsts = range(0, len(plans), SHARD)
    paths = [folder / f"pictures-{number:03}.npy" for number in range(len(firsts))]
    parts = [_shard(plans[i : i + SHARD], table, path, side) for i, path in zip(firsts, paths, strict=True)]
    return np.concatenate(parts)


def _shard(plans: Sequence[Scene], table: SpriteTable, path: Path, side: int) -> Pictures:
    if not path.exists():
        partial = path.with_name("partial.npy")
        np.save(partial, np.stack([np.asarray(draw(plan, table, side)) for plan in plans]))
        partial.rename(path)
        print(f"judge: rendered {path.parent.name}/{path.name}", flush=True)
    pictures: Pictures = np.load(path)
    return pictures
