"""The lines of a batch in the service's terms. Line numbers count from 1, as an editor shows them."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any, TypeVar

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from service.batches.line_errors import LineError
from service.fields import Name, id_schema
from service.jobs.specs import SelectedShift
from service.requests.edits import EditRequest
from service.requests.fine_tunes import FineTuneRequest
from service.requests.generations import PicturesRequest

CHUNK_LINES = 500  # lines in memory at a time

Item = TypeVar("Item")


class LineShift(SelectedShift):
    """A shift by its id, or by the `custom_id` of the fine-tune of the same batch that will make it."""

    id: str | None = Field(default=None, json_schema_extra=id_schema("shf"))
    custom_id: Name | None = None

    @model_validator(mode="after")
    def _has_one_name(self) -> "LineShift":
        if (self.id is None) == (self.custom_id is None):
            raise PydanticCustomError("one_name", "A shift needs either an id or a custom_id, not both.")
        return self

    def selection(self) -> dict[str, Any]:
        """How much of it is used, and which part, without its name."""
        return {name: value for name, value in self if name not in {"id", "custom_id"}}


class LinePicturesRequest(PicturesRequest[LineShift]):
    """The body of POST /v1/generations, in which a shift may be one that the batch trains."""


@dataclass(frozen=True)
class FineTuneLine:
    """A line that asks for a fine-tune."""

    number: int
    custom_id: str
    request: FineTuneRequest


@dataclass(frozen=True)
class GenerationLine:
    """A line that asks for pictures."""

    number: int
    custom_id: str
    request: LinePicturesRequest


@dataclass(frozen=True)
class EditLine:
    """A line that asks for edits of a picture."""

    number: int
    custom_id: str
    request: EditRequest


@dataclass(frozen=True)
class InvalidLine:
    """A line that does not have the documented form."""

    number: int
    custom_id: str | None
    faults: tuple[LineError, ...]


ValidLine = FineTuneLine | GenerationLine | EditLine
# Reads the file anew at each call; None for a blank line.
Source = Callable[[], Iterator[ValidLine | InvalidLine | None]]


def valid_lines(source: Source) -> Iterator[ValidLine]:
    """The lines that have the documented form."""
    return (line for line in source() if isinstance(line, ValidLine))


def chunks(items: Iterable[Item]) -> Iterator[list[Item]]:
    """The items in order, CHUNK_LINES at a time."""
    iterator = iter(items)
    while chunk := list(islice(iterator, CHUNK_LINES)):
        yield chunk
