"""docs/errors.md: every code that a client or an operator may meet."""

from collections.abc import Iterable, Iterator
from http import HTTPStatus
from typing import TypeVar

from api import main
from bench.reference.markdown import GENERATED, first_sentence, table
from service.batches.line_errors import LINE_CODES
from service.errors import (
    ErrorCode,
    Invalid,
    NotAPicture,
    NotAShift,
    NotFound,
    ServiceError,
    ShiftUnreadable,
    Unavailable,
    UnusableUrl,
)
from service.jobs.errors import WARNINGS, InternalJobError, JobError
from service.local import up
from service.local.stack import StackError
from service.webhooks.delivery_errors import DELIVERY_CODES
from svdiff_core.emoji.evaluation import options, renders
from svdiff_core.errors import CoreError
from worker.engine.errors import FINAL, INFRASTRUCTURE

__all__ = ["main", "options", "renders", "up"]  # so that every class of errors is loaded

INTRO = """# Errors

Every error has a stable `code`, which means the same in every table; its sentence (`detail`) is for people and may
change.
{generated}

## HTTP errors

An error is answered as `application/problem+json` ([RFC 9457](https://www.rfc-editor.org/rfc/rfc9457)):

    {{"type": "urn:svdiff:problem:unknown_base", "title": "Unknown base", "status": 422, "code": "unknown_base",
     "detail": "There is no base named 'emojis'; GET /v1/bases lists them.", "retryable": false, "request_id": "…",
     "problems": [{{"pointer": "/base", "detail": "There is no base named 'emojis'; GET /v1/bases lists them."}}]}}

`problems` names every place in the request that is not valid, by a JSON pointer into the body or the name of a
parameter. `retryable` says whether the same call may succeed later; where it is true, most answers have `Retry-After`.

{http}
## Job errors

A job that fails has an `error`: `{{"code", "detail", "retryable"}}`, in the job, in its `failed` event and in the
message to webhooks. With `retryable`, the same request may succeed when it is sent again.

{jobs}
## Batch line errors

A batch with lines that are not valid is answered with 422 `invalid_batch`. Its `errors` has a fault a line: `line`,
`custom_id`, `pointer`, `code` and `message`.

{lines}
A line may also have a code of the route of its kind, with the meaning above: {line_codes}.

## Webhook delivery codes

The log of a delivery (`GET /v1/webhooks/{{id}}/deliveries`) has an `error` for each attempt that failed.

{deliveries}
## Warnings

A job that succeeded may have `warnings` in its result: `code`, `pointer` and `detail`.

{warnings}
## Library errors

What svdiff_core raises and the command line prints, besides those of jobs. A job that meets one of these is tried
again, and fails with `internal` if it meets one in every attempt.

{library}
## Errors of `svdiff up`

{stack}"""


Root = TypeVar("Root")


def page() -> str:
    """The whole page."""
    return INTRO.format(
        generated=GENERATED,
        http=http_table(),
        jobs=job_table(),
        lines=codes_table(LINE_CODES),
        line_codes=", ".join(f"`{code}`" for code in line_codes()),
        deliveries=codes_table(DELIVERY_CODES),
        warnings=codes_table(WARNINGS),
        library=codes_table(library_errors()),
        stack=codes_table(own_codes(StackError)),
    )


def subclasses(root: type[Root]) -> Iterator[type[Root]]:
    """The classes under the root, each before its own."""
    for child in root.__subclasses__():
        yield child
        yield from subclasses(child)


def own_codes(root: type[Root]) -> list[type[Root]]:
    """The classes that have a code of their own."""
    return [child for child in subclasses(root) if "code" in vars(child)]


def http_errors() -> list[type[ServiceError]]:
    """By status, then by code."""
    return sorted(own_codes(ServiceError), key=lambda error: (error.status, error.code))


def job_errors() -> list[type[JobError] | type[CoreError] | type[ServiceError]]:
    """By code."""
    return sorted([*own_codes(JobError), *FINAL, *INFRASTRUCTURE], key=lambda error: error.code)


def library_errors() -> list[type[CoreError]]:
    """Those that no job has as its own, by code."""
    return sorted(set(own_codes(CoreError)) - set(FINAL), key=lambda error: error.code)


def line_codes() -> list[str]:
    """What the body of a batch's line may be told besides `invalid_request`."""
    others = {NotAPicture, NotAShift, ShiftUnreadable, UnusableUrl}
    return sorted({"base_retired"} | {error.code for error in own_codes(Invalid) if error not in others})


def http_table() -> str:
    """Status, code, meaning, what to do."""
    rows = (
        (
            f"{error.status} {HTTPStatus(error.status).phrase}",
            f"`{error.code}`",
            first_sentence(error.__doc__),
            "yes" if error.retryable else "",
            error.remedy,
        )
        for error in http_errors()
    )
    return table(("status", "code", "meaning", "retryable", "what to do"), rows)


def job_table() -> str:
    """Code, meaning, what to do."""
    rows = (
        (
            f"`{error.code}`",
            first_sentence(error.__doc__),
            "yes" if is_retryable(error) else "",
            InternalJobError.remedy if error in (NotFound, Unavailable) else error.remedy,  # theirs are for callers
        )
        for error in job_errors()
    )
    return table(("code", "meaning", "retryable", "what to do"), rows)


def is_retryable(error: type[Exception]) -> bool:
    """Whether the job says that the same request may succeed later."""
    return error in INFRASTRUCTURE or (issubclass(error, JobError) and error.retryable)


def codes_table(codes: Iterable[ErrorCode | type[CoreError] | type[StackError]]) -> str:
    """Code, meaning, what to do."""
    rows = ((f"`{one.code}`", meaning_of(one), one.remedy) for one in codes)
    return table(("code", "meaning", "what to do"), rows)


def meaning_of(error: ErrorCode | type[Exception]) -> str:
    """One sentence."""
    return error.meaning if isinstance(error, ErrorCode) else first_sentence(error.__doc__)
