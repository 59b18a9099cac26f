"""A batch's file as lines in the service's words, read anew each time, one line in memory."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from typing import Any, BinaryIO

from pydantic import BaseModel, ValidationError

from api.errors import MAX_PROBLEMS, error_sentence, pointer
from api.schemas.batch_line import LINE, EditLineBody, FineTuneLineBody, LineBody
from service.batches.line_errors import INVALID_LINE, LINE_TOO_LONG, MALFORMED_LINE, LineError
from service.batches.lines import EditLine, FineTuneLine, GenerationLine, InvalidLine, ValidLine
from service.errors import MethodNotOffered
from service.fields import Name

BYTE_ORDER_MARK = b"\xef\xbb\xbf"
MAX_POINTER_LENGTH = 200  # characters; the name of an unknown field can be as long as a line
KINDS = "The kind must be `generation`, `fine_tune` or `edit`."


class BatchFile:
    """Called, it reads the file from its beginning; a `Source` of service.batches."""

    def __init__(
        self,
        file: BinaryIO,
        line_bytes: int,
        methods: Sequence[str] = ("svdiff",),
    ) -> None:
        self._file = file
        self._methods = methods
        self._line_bytes = line_bytes

    def __call__(self) -> Iterator[ValidLine | InvalidLine | None]:
        """Each line, None for a blank one."""
        self._file.seek(0)
        number = 0
        while text := self._file.readline(self._line_bytes + 1):
            number += 1
            if number == 1:
                text = text.removeprefix(BYTE_ORDER_MARK)
            yield self._read(number, text)

    def _read(self, number: int, text: bytes) -> ValidLine | InvalidLine | None:
        if len(text) > self._line_bytes:
            self._skip_rest(text)
            message = f"A line may have at most {self._line_bytes} bytes."
            return InvalidLine(number, None, (LineError(number, None, "", LINE_TOO_LONG.code, message),))
        return self._allowed(parse(number, text)) if text.strip() else None

    def _allowed(self, line: ValidLine | InvalidLine) -> ValidLine | InvalidLine:
        if isinstance(line, FineTuneLine) and line.request.method not in self._methods:
            error = MethodNotOffered(line.request.method, self._methods)
            fault = LineError(line.number, line.custom_id, "/body/method", error.code, error.detail)
            return InvalidLine(line.number, line.custom_id, (fault,))
        return line

    def _skip_rest(self, text: bytes) -> None:
        while text and not text.endswith(b"\n"):
            text = self._file.readline(self._line_bytes)


def parse(number: int, text: bytes) -> ValidLine | InvalidLine:
    """What the line asks for, or what is wrong with its form."""
    try:
        line = LINE.validate_json(text)
    except ValidationError as error:
        custom_id = custom_id_of(text)
        faults = error.errors(include_url=False, include_context=False, include_input=False)[:MAX_PROBLEMS]
        return InvalidLine(number, custom_id, tuple(line_error(number, custom_id, one) for one in faults))
    return to_line(number, line)


def to_line(number: int, line: LineBody) -> ValidLine:
    """The line with its number."""
    if isinstance(line, FineTuneLineBody):
        return FineTuneLine(number, line.custom_id, line.body)
    if isinstance(line, EditLineBody):
        return EditLine(number, line.custom_id, line.body)
    return GenerationLine(number, line.custom_id, line.body)


def line_error(number: int, custom_id: str | None, fault: Mapping[str, Any]) -> LineError:
    """A fault of the form, without the value that was sent."""
    match fault["type"]:
        case "json_invalid":
            return LineError(number, custom_id, "", MALFORMED_LINE.code, error_sentence(fault))
        case "union_tag_invalid" | "union_tag_not_found":
            return LineError(number, custom_id, "/kind", INVALID_LINE.code, KINDS)
    place = pointer(("body", *fault["loc"][1:]))  # without the kind, by which the form was chosen
    return LineError(number, custom_id, place[:MAX_POINTER_LENGTH], INVALID_LINE.code, error_sentence(fault))


class CustomId(BaseModel):
    """The one field that is read of a line that is not valid."""

    custom_id: Name


def custom_id_of(text: bytes) -> str | None:
    """The line's custom_id, if that much of it can be read."""
    with suppress(ValidationError):
        return CustomId.model_validate_json(text).custom_id
    return None
