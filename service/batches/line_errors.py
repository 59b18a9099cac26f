"""What is wrong with a batch's lines: counted, and the first of it told."""

from dataclasses import dataclass

from service.errors import ServiceError

MAX_ERRORS = 100  # faults told; the rest is counted


@dataclass(frozen=True)
class LineError:
    """One fault: the line's number, the JSON pointer into the line, a stable code and a sentence."""

    line: int
    custom_id: str | None
    pointer: str
    code: str
    message: str


class InvalidBatch(ServiceError):
    """Lines that cannot be meant. Nothing of the batch was made."""

    status = 422
    code = "invalid_batch"

    def __init__(self, faults: tuple[LineError, ...], count: int) -> None:
        what = "1 fault" if count == 1 else f"{count} faults"
        super().__init__(f"The lines have {what}; nothing was made of the batch.")
        self.faults = faults
        self.count = count


class LineErrors:
    """Collects them, in bounded memory."""

    def __init__(self) -> None:
        self.count = 0
        self._first: list[LineError] = []

    def add(self, *faults: LineError) -> None:
        """Count them, and keep those that there is room for."""
        self.count += len(faults)
        self._first += faults[: MAX_ERRORS - len(self._first)]

    def add_error(self, line: int, custom_id: str, error: ServiceError) -> None:
        """What the service says of the body of a line."""
        for problem in error.problems:
            self.add(LineError(line, custom_id, "/body" + problem.pointer, error.code, problem.detail))
        if not error.problems:
            self.add(LineError(line, custom_id, "/body", error.code, error.detail))

    def refuse(self) -> None:
        """BadLines if there are any."""
        if self.count:
            raise InvalidBatch(tuple(sorted(self._first, key=lambda fault: fault.line)), self.count)
