"""A selection from a shift: some layers, some blocks, the first few ranks (method of SVDiff's analysis, numpy only)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

import numpy as np

from svdiff_core.shift.file import WHOLE, Delta, Shift, layer_and_offset
from svdiff_core.shift.subsets import SUBSETS, Shape, in_blocks

BLOCKS = ("down", "mid", "up", "other", "text_encoder")


@dataclass(frozen=True)
class ShiftSelection:
    """Which layers of a shift are used, and how much of each.

    `subset` is one of the twelve of Table 1. `layers` are the geometry layers of the base, or all but these: style
    mixing takes the first from one shift and the rest from another. `blocks` are factors of δ by block, 1 where
    absent. `rank_limit` keeps the first entries of every matrix's δ: those of the largest singular values.
    """

    subset: str = WHOLE
    layers: Literal["geometry", "rest"] | None = None
    blocks: Mapping[str, float] = field(default_factory=dict)
    rank_limit: int | None = None


def block_of(name: str) -> str:
    """The block that a layer lies in; `other` is what the denoiser has outside of its blocks."""
    if name.startswith("text_encoder."):
        return "text_encoder"
    for block, prefix in (("down", "down_blocks"), ("mid", "mid_block"), ("up", "up_blocks")):
        if in_blocks(name, prefix):
            return block
    return "other"


def select(shift: Shift, selection: ShiftSelection, shapes: Mapping[str, Shape], geometry: Sequence[str]) -> Shift:
    """The selected part of a shift: layers that are not selected, or that a base of these shapes lacks, are left out.

    `shapes` are those of the base's weights by layer, `geometry` the prefixes of its geometry layers in the denoiser.
    """
    kept: dict[str, Delta] = {}
    for name, delta in shift.deltas.items():
        layer, offset = layer_and_offset(name)
        shape = shapes.get(layer, ())
        if shape and SUBSETS[selection.subset](layer, shape) and _in_layers(layer, selection, geometry):
            factor = selection.blocks.get(block_of(layer), 1.0)
            kept[name] = _scale_and_cut(delta, shape, factor, _limit(selection.rank_limit, offset))
    subset = shift.metadata.subset if selection.subset == WHOLE else selection.subset
    return Shift(kept, replace(shift.metadata, subset=subset))


def _in_layers(name: str, selection: ShiftSelection, geometry: Sequence[str]) -> bool:
    if selection.layers is None:
        return True
    within = any(in_blocks(name, prefix) for prefix in geometry)
    return within == (selection.layers == "geometry")


def _limit(rank_limit: int | None, offset: int) -> int | None:
    """How many entries stay: terms beside the diagonal connect two ranks, and go with the higher one."""
    return None if rank_limit is None else max(rank_limit - abs(offset), 0)


def _scale_and_cut(delta: Delta, shape: Shape, factor: float, rank_limit: int | None) -> Delta:
    scaled = (factor * delta.astype(np.float64)).astype(np.float32)
    if rank_limit is not None and len(shape) > 1:
        scaled[rank_limit:] = 0
    return scaled
