"""A batch of pictures, and the stages in which it is drawn."""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, replace

from svdiff_core.sampling.class_prompts import class_prompt
from svdiff_core.spaces.adapter import Adapter


@dataclass(frozen=True)
class Row:
    """One picture of a batch."""

    prompt: str
    negative_prompt: str
    seed: int
    guidance: float
    eta: float


@dataclass(frozen=True)
class Stage:
    """So many of a batch's steps: what is drawn in them, and what is put on the base meanwhile.

    `mixed` if that gives every sample a text encoder of its own.
    """

    rows: Sequence[Row]
    steps: int
    on: Callable[[], AbstractContextManager[None]] = nullcontext
    mixed: bool = False


def stages_of(
    batch: Sequence[tuple[Row, Adapter | None]],
    opening: int,
    steps: int,
    on: Callable[[], AbstractContextManager[None]],
    *,
    mixed: bool,
) -> list[Stage]:
    """The stages of rows beside their shifts: `opening` steps in plain words, if any, and the others under `on`."""
    before = [Stage([in_class_words(row, shift) for row, shift in batch], opening)] if opening else []
    return [*before, Stage([row for row, _ in batch], steps - opening, on, mixed)]


def in_class_words(row: Row, shift: Adapter | None) -> Row:
    """The row before its shift begins: the base does not know the shift's tokens."""
    return row if shift is None else replace(row, prompt=class_prompt(row.prompt, shift.metadata.words))


def prompts_of(rows: Sequence[Row]) -> list[str]:
    """The prompts of a batch, after the negative ones unless no row is guided."""
    prompts = [row.prompt for row in rows]
    if all(row.guidance == 1 for row in rows):
        return prompts
    return [row.negative_prompt for row in rows] + prompts
