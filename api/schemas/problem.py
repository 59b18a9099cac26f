"""Errors on the wire: problem documents of RFC 9457."""

from pydantic import Field

from api.schemas.fields import ResponseModel


class Problem(ResponseModel):
    """One fault in the request."""

    pointer: str = Field(description="A JSON pointer into the body, or the name of a parameter.")
    detail: str


class ProblemDocument(ResponseModel):
    """An error, as RFC 9457 has it. `code` is stable; `detail` is for people."""

    type: str
    title: str
    status: int
    detail: str
    code: str
    problems: list[Problem] = Field(description="The faults in the request, if it has any.")
    retryable: bool = Field(description="Whether the same call may succeed later.")
    request_id: str | None = Field(description="Identifies the call in the log of the service.")


class LineProblem(ResponseModel):
    """One fault in a line of a batch; lines count from 1."""

    line: int
    custom_id: str | None = Field(description="Null if the line has none that can be read.")
    pointer: str = Field(description="A JSON pointer into the line.")
    code: str
    message: str


class BatchProblemDocument(ProblemDocument):
    """The error of a batch: `errors` has the first faults of its lines, `error_count` is the number of all."""

    errors: list[LineProblem] = Field(default=[])
    error_count: int = 0
