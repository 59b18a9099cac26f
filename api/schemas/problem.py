from pydantic import Field

from api.schemas.strict import Out


class Problem(Out):
    """One fault in the request."""

    pointer: str = Field(description="A JSON pointer into the body, or the name of a parameter.")
    detail: str


class ProblemDocument(Out):
    """An error, as RFC 9457 has it. `code` is stable; `detail` is for people."""

    type: str
    title: str
    status: int
    detail: str
    code: str
    problems: list[Problem] = Field(description="Every fault in the request, where it has some.")
    retryable: bool = Field(description="Whether the same call may succeed later.")
    request_id: str | None = Field(description="Names the call in the service's log.")
