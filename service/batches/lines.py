"""The lines of a batch as the client meant them. Numbers count from 1, as an editor shows them."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import TypeVar

from service.batches.faults import LineFault
from service.edits import EditRequest
from service.fine_tunes import FineTuneRequest
from service.generations import GenerationRequest
from service.jobs.shift_use import ShiftUse

AT_ONCE = 500  # lines in memory at a time

Item = TypeVar("Item")


@dataclass(frozen=True)
class NamedShift:
    """A shift by its id, or by the `custom_id` of the fine-tune of the same batch that will make it."""

    id: str | None
    custom_id: str | None
    use: ShiftUse


@dataclass(frozen=True)
class FineTuneLine:
    """A line that asks for a fine-tune."""

    number: int
    custom_id: str
    request: FineTuneRequest


@dataclass(frozen=True)
class GenerationLine:
    """A line that asks for pictures; `shifts` stand for those of the request."""

    number: int
    custom_id: str
    request: GenerationRequest
    shifts: tuple[NamedShift, ...]


@dataclass(frozen=True)
class EditLine:
    """A line that asks for edits of a picture."""

    number: int
    custom_id: str
    request: EditRequest


@dataclass(frozen=True)
class BadLine:
    """A line that is not of the documented form."""

    number: int
    custom_id: str | None
    faults: tuple[LineFault, ...]


GoodLine = FineTuneLine | GenerationLine | EditLine
Source = Callable[[], Iterator[GoodLine | BadLine | None]]  # reads the file anew at each call; None for a blank line


def good(source: Source) -> Iterator[GoodLine]:
    """The lines of the documented form."""
    return (line for line in source() if isinstance(line, GoodLine))


def chunks(items: Iterable[Item]) -> Iterator[list[Item]]:
    """Some hundred at a time, in order."""
    iterator = iter(items)
    while chunk := list(islice(iterator, AT_ONCE)):
        yield chunk
