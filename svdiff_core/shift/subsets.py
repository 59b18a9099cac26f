"""The twelve subsets of Table 1, and how many floats a shift of each has."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal, TypeAlias

Shape: TypeAlias = tuple[int, ...]
Subset: TypeAlias = Callable[[str, Shape], bool]


@dataclass(frozen=True)
class Size:
    """How much a subset trains: tensors, and floats (r = min(M, N) a matrix, n a vector)."""

    tensors: int
    floats: int

    @property
    def kilobytes(self) -> float:
        """Kilobytes (1000 bytes) of the floats alone, as float32."""
        return 4 * self.floats / 1000


def is_cross_attention(name: str) -> bool:
    """Whether a layer is a q, k, v or output projection of diffusers' cross-attention (`attn2`)."""
    return ".attn2." in name


def in_blocks(name: str, blocks: str) -> bool:
    """Whether a layer lies in `blocks` (such as `up_blocks`) of the denoiser."""
    return name.removeprefix("unet.").startswith(f"{blocks}.")


SubsetName = Literal["all", "1-D", "2-D", "4-D", "CA", "CA-KV", "up", "down", "mid", "up-CA", "down-CA", "mid-CA"]

SUBSETS: Mapping[str, Subset] = {
    "all": lambda _name, _shape: True,
    "1-D": lambda _name, shape: len(shape) == 1,
    "2-D": lambda _name, shape: len(shape) == 2,
    "4-D": lambda _name, shape: len(shape) == 4,
    "CA": lambda name, _shape: is_cross_attention(name),
    "CA-KV": lambda name, _shape: is_cross_attention(name) and name.endswith(("to_k", "to_v")),
    "up": lambda name, _shape: in_blocks(name, "up_blocks"),
    "down": lambda name, _shape: in_blocks(name, "down_blocks"),
    "mid": lambda name, _shape: in_blocks(name, "mid_block"),
    "up-CA": lambda name, _shape: in_blocks(name, "up_blocks") and is_cross_attention(name),
    "down-CA": lambda name, _shape: in_blocks(name, "down_blocks") and is_cross_attention(name),
    "mid-CA": lambda name, _shape: in_blocks(name, "mid_block") and is_cross_attention(name),
}


def floats(shape: Shape) -> int:
    """Length of δ for a weight of this shape: min(M, N) for an M x N matrix, n for n scales."""
    return min(shape[0], math.prod(shape[1:])) if len(shape) > 1 else shape[0]


def count(shapes: Mapping[str, Shape], subset: Subset) -> Size:
    """The size of one subset of the named weights."""
    lengths = [floats(shape) for name, shape in shapes.items() if subset(name, shape)]
    return Size(len(lengths), sum(lengths))


def table(shapes: Mapping[str, Shape]) -> dict[str, Size]:
    """The size of each of the twelve subsets, by name, in the order of Table 1."""
    return {name: count(shapes, subset) for name, subset in SUBSETS.items()}
