"""The lines of a batch as the client meant them. Numbers count from 1, as an editor shows them."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import TypeVar

from service.batches.line_errors import LineError
from service.jobs.specs import ShiftSelectionSpec
from service.requests.edits import EditRequest
from service.requests.fine_tunes import FineTuneRequest
from service.requests.generations import GenerationRequest

CHUNK_LINES = 500  # lines in memory at a time

Item = TypeVar("Item")


@dataclass(frozen=True)
class NamedShift:
    """A shift by its id, or by the `custom_id` of the fine-tune of the same batch that will make it."""

    id: str | None
    custom_id: str | None
    use: ShiftSelectionSpec


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
class InvalidLine:
    """A line that is not of the documented form."""

    number: int
    custom_id: str | None
    faults: tuple[LineError, ...]


ValidLine = FineTuneLine | GenerationLine | EditLine
Source = Callable[
    [], Iterator[ValidLine | InvalidLine | None]
]  # reads the file anew at each call; None for a blank line


def valid_lines(source: Source) -> Iterator[ValidLine]:
    """The lines of the documented form."""
    return (line for line in source() if isinstance(line, ValidLine))


def chunks(items: Iterable[Item]) -> Iterator[list[Item]]:
    """Some hundred at a time, in order."""
    iterator = iter(items)
    while chunk := list(islice(iterator, CHUNK_LINES)):
        yield chunk
