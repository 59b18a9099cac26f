"""What is used of a shift: how much, and of which part of it."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

Subset = Literal["all", "1-D", "2-D", "4-D", "CA", "CA-KV", "up", "down", "mid", "up-CA", "down-CA", "mid-CA"]


def is_whole(value: object) -> bool:
    """Whether nothing is asked for: then nothing is written either."""
    return value is None


class ShiftUse(BaseModel):
    """A shift's weight, and the part of it that is used; all of it, where a field is absent."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    weight: float
    blocks: dict[str, float] | None = Field(default=None, exclude_if=is_whole)
    subset: Subset | None = Field(default=None, exclude_if=is_whole)
    layers: Literal["geometry", "rest"] | None = Field(default=None, exclude_if=is_whole)
    rank_limit: int | None = Field(default=None, exclude_if=is_whole)


PARTS = tuple(name for name in ShiftUse.model_fields if name != "weight")
