"""What is wrong with a batch's lines: all faults are counted, the first of them listed."""

from dataclasses import dataclass

from service.errors import ErrorCode, ServiceError

MAX_ERRORS = 100  # faults listed; the rest is counted

LINE_TOO_LONG = ErrorCode(
    "line_too_long",
    "The line exceeds the size limit of a body.",
    "Shorten the line; the operator sets `SVDIFF_MAX_BODY_BYTES`.",
)
MALFORMED_LINE = ErrorCode("malformed_json", "The line is not JSON.", "Write one JSON object a line, in UTF-8.")
INVALID_LINE = ErrorCode(
    "invalid_request",
    "The line does not have the documented form, or a value in it is not valid.",
    "Correct the place that `pointer` names; the body is that of the route of its kind.",
)
REPEATED_CUSTOM_ID = ErrorCode(
    "repeated_custom_id",
    "An earlier line of the batch has the same `custom_id`.",
    "Give each line a `custom_id` of its own.",
)
LINE_CODES = (LINE_TOO_LONG, MALFORMED_LINE, INVALID_LINE, REPEATED_CUSTOM_ID)


@dataclass(frozen=True)
class LineError:
    """One fault: the line's number, the JSON pointer into the line, a stable code and a sentence."""

    line: int
    custom_id: str | None
    pointer: str
    code: str
    message: str


class InvalidBatch(ServiceError):
    """Lines of the batch are not valid, so no job was created."""

    status = 422
    code = "invalid_batch"
    remedy = "Correct the lines that `errors` lists, and send the whole file again."

    def __init__(self, faults: tuple[LineError, ...], count: int) -> None:
        what = "1 fault" if count == 1 else f"{count} faults"
        super().__init__(f"The lines have {what}; no job was created.")
        self.faults = faults
        self.count = count


class LineErrors:
    """Collects the faults of a batch, in bounded memory."""

    def __init__(self) -> None:
        self.count = 0
        self._first: list[LineError] = []

    def add(self, *faults: LineError) -> None:
        """Count the faults, and keep them up to MAX_ERRORS."""
        self.count += len(faults)
        self._first += faults[: MAX_ERRORS - len(self._first)]

    def add_error(self, line: int, custom_id: str, error: ServiceError) -> None:
        """Add the problems of an error that the body of a line caused."""
        for problem in error.problems:
            self.add(LineError(line, custom_id, "/body" + problem.pointer, error.code, problem.detail))
        if not error.problems:
            self.add(LineError(line, custom_id, "/body", error.code, error.detail))

    def raise_if_any(self) -> None:
        """Raise InvalidBatch if there are any."""
        if self.count:
            raise InvalidBatch(tuple(sorted(self._first, key=lambda fault: fault.line)), self.count)
