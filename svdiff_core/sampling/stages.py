"""A batch of pictures, and the stages in which it is sampled."""

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
class SamplingStage:
    """Some consecutive steps of a batch: the rows as they are then, and the context in which the base runs.

    `mixed` if the context gives every sample a text encoder of its own.
    """

    rows: Sequence[Row]
    steps: int
    context: Callable[[], AbstractContextManager[None]] = nullcontext
    mixed: bool = False


def stages_of(
    batch: Sequence[tuple[Row, Adapter | None]],
    opening: int,
    steps: int,
    context: Callable[[], AbstractContextManager[None]],
    *,
    mixed: bool,
) -> list[SamplingStage]:
    """The stages of rows with their adapters: `opening` steps under class prompts, if any, the others in `context`."""
    first = [SamplingStage([with_class_prompt(row, adapter) for row, adapter in batch], opening)] if opening else []
    return [*first, SamplingStage([row for row, _ in batch], steps - opening, context, mixed)]


def with_class_prompt(row: Row, adapter: Adapter | None) -> Row:
    """The row before its adapter begins: the base does not know the adapter's tokens."""
    return row if adapter is None else replace(row, prompt=class_prompt(row.prompt, adapter.metadata.words))


def prompts_of(rows: Sequence[Row]) -> list[str]:
    """The prompts of a batch, after the negative ones unless no row is guided."""
    prompts = [row.prompt for row in rows]
    if all(row.guidance == 1 for row in rows):
        return prompts
    return [row.negative_prompt for row in rows] + prompts
