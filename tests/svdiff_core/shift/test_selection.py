import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from svdiff_core.base import Base
from svdiff_core.shift.file import Shift, ShiftMetadata
from svdiff_core.shift.selection import BLOCKS, ShiftSelection, block_of, select
from svdiff_core.shift.subsets import Shape, floats

SHAPES: dict[str, Shape] = {
    "unet.conv_in": (4, 4, 3, 3),
    "unet.time_embedding.linear_1": (4, 4),
    "unet.down_blocks.2.attentions.1.norm": (4,),
    "unet.down_blocks.2.attentions.1.transformer_blocks.0.attn2.to_k": (4, 4),
    "unet.down_blocks.2.attentions.10.proj_in": (4, 4, 1, 1),
    "unet.mid_block.attentions.0.transformer_blocks.0.attn2.to_out.0": (4, 4),
    "unet.up_blocks.0.resnets.0.conv1": (4, 4, 3, 3),
    "text_encoder.layers.0.mlp.fc1": (4, 4),
    "text_encoder.final_layer_norm": (4,),
}
GEOMETRY = ("down_blocks.2.attentions.1", "mid_block")
SHIFT = Shift(
    {name: np.arange(1, floats(shape) + 1, dtype=np.float32) for name, shape in SHAPES.items()},
    ShiftMetadata("svd1-a"),
)


def cut(**selection: Any) -> dict[str, list[float]]:
    """δ by layer of a selection of the shift drawn by hand: 1, 2, 3, 4 in every layer."""
    made = select(SHIFT, ShiftSelection(**selection), SHAPES, GEOMETRY)
    return {name: delta.tolist() for name, delta in made.deltas.items()}


def test_terms_beside_the_diagonal_go_with_their_layer() -> None:
    """They are cut, scaled and left out with it; a term that connects ranks i and i + 1 stays if rank i + 1 does."""
    layer = "unet.up_blocks.0.resnets.0.conv1"
    band = np.array([5, 6, 7], dtype=np.float32)
    banded = Shift({layer: SHIFT.deltas[layer], f"{layer}@+1": band}, SHIFT.metadata)
    made = select(banded, ShiftSelection(subset="up", blocks={"up": 2.0}, rank_limit=2), SHAPES, GEOMETRY)
    assert {name: delta.tolist() for name, delta in made.deltas.items()} == {
        layer: [2, 4, 0, 0],
        f"{layer}@+1": [10, 0, 0],
    }
    assert not select(banded, ShiftSelection(subset="down"), SHAPES, GEOMETRY).deltas


def test_the_whole_of_a_shift_is_the_shift() -> None:
    """Bit for bit, metadata too."""
    whole = select(SHIFT, ShiftSelection(), SHAPES, GEOMETRY)
    assert whole.metadata == SHIFT.metadata
    assert all(np.array_equal(whole.deltas[name], delta) for name, delta in SHIFT.deltas.items())


@pytest.mark.parametrize(
    ("subset", "layers"),
    [
        ("1-D", {"unet.down_blocks.2.attentions.1.norm", "text_encoder.final_layer_norm"}),
        ("4-D", {"unet.conv_in", "unet.down_blocks.2.attentions.10.proj_in", "unet.up_blocks.0.resnets.0.conv1"}),
        ("up", {"unet.up_blocks.0.resnets.0.conv1"}),
        ("CA-KV", {"unet.down_blocks.2.attentions.1.transformer_blocks.0.attn2.to_k"}),
        ("mid-CA", {"unet.mid_block.attentions.0.transformer_blocks.0.attn2.to_out.0"}),
    ],
)
def test_a_subset_is_that_of_table_1(subset: str, layers: set[str]) -> None:
    """The text encoder's layers count by their dimensions, and lie in no block."""
    assert set(cut(subset=subset)) == layers
    assert select(SHIFT, ShiftSelection(subset=subset), SHAPES, GEOMETRY).metadata.subset == subset


def test_geometry_and_rest_are_the_two_halves_of_a_shift() -> None:
    """Nothing is in both or in neither, and a prefix ends at a dot."""
    geometry, rest = cut(layers="geometry"), cut(layers="rest")
    assert set(geometry) == {name for name in SHAPES if "attentions.1." in name or "mid_block" in name}
    assert "unet.down_blocks.2.attentions.10.proj_in" in rest
    assert geometry | rest == cut()
    assert not geometry.keys() & rest.keys()


def test_a_rank_limit_keeps_the_largest_singular_values_of_matrices() -> None:
    """The first r entries; vectors have no rank."""
    limited = cut(rank_limit=2)
    assert {name: limited[name] for name in SHAPES} == {
        name: [1, 2, 0, 0] if len(shape) > 1 else [1, 2, 3, 4] for name, shape in SHAPES.items()
    }
    assert cut(rank_limit=4) == cut(rank_limit=1000) == cut()
    assert SHIFT.deltas["unet.conv_in"].tolist() == [1, 2, 3, 4], "the shift itself was changed"


def test_each_block_has_its_own_weight() -> None:
    """Absent ones have 1."""
    weighted = cut(blocks={"down": 0.5, "mid": 0, "up": -1, "other": 2, "text_encoder": 3})
    factors = {"down": 0.5, "mid": 0, "up": -1, "other": 2, "text_encoder": 3}
    assert weighted == {name: [factors[block_of(name)] * x for x in (1, 2, 3, 4)] for name in SHAPES}
    assert {block_of(name) for name in SHAPES} == set(BLOCKS)
    assert cut(blocks={"up": 0})["unet.conv_in"] == [1, 2, 3, 4]


def test_the_geometry_layers_of_a_base_are_its_last_attention_on_the_way_down_and_the_middle(
    base: Base, tiny_pipeline: Path
) -> None:
    """As the paper names them for Stable Diffusion; every base has some of its weights there."""
    assert base.recipe.geometry_layers == ("down_blocks.1.attentions.0", "mid_block")
    shipped = json.loads((Path(__file__).parents[3] / "svdiff_core/emoji/bases/emoji/svdiff.json").read_text())
    assert shipped["geometry_layers"] == ["down_blocks.1.attentions.0", "mid_block"]
