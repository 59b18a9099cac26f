"""The one place where an error becomes an answer: RFC 9457 problem+json."""

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from psycopg.errors import UndefinedFunction, UndefinedTable
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, Response

from api.schemas.problem import Problem, ProblemDocument
from service import errors
from service.errors import BodyTooLarge, ServiceError, Unauthorized, Unavailable

MEDIA_TYPE = "application/problem+json"

log = structlog.get_logger()


class Rejected(ServiceError):
    """The request does not have the documented form."""

    status = 422
    code = "invalid_request"

    def __init__(self, problems: Sequence[errors.Problem]) -> None:
        one = len(problems) == 1
        super().__init__(problems[0].detail if one else f"The request has {len(problems)} faults.", problems)


class MalformedJson(ServiceError):
    """The body is not JSON."""

    status = 400
    code = "malformed_json"

    def __init__(self, position: int) -> None:
        super().__init__(f"The body is not JSON: reading stopped at character {position}.")


class NoSuchRoute(ServiceError):
    """The path is none of ours."""

    status = 404
    code = "no_such_route"

    def __init__(self) -> None:
        super().__init__("There is no such route; /openapi.json lists them.")


class MethodNotAllowed(ServiceError):
    """The route has other methods; the header Allow names them."""

    status = 405
    code = "method_not_allowed"

    def __init__(self) -> None:
        super().__init__("This route does not have this method.")


class Unreadable(ServiceError):
    """The framework could not read the request: broken multipart, a number of a thousand digits."""

    status = 400
    code = "unreadable"

    def __init__(self) -> None:
        super().__init__("The request cannot be read.")


class Overflow(HTTPException):
    """The body grew past the limit while it was read. FastAPI passes on this kind of error alone from a body."""

    def __init__(self, limit: int) -> None:
        super().__init__(BodyTooLarge.status)
        self.limit = limit


class Internal(ServiceError):
    """A fault of ours. The log has the rest."""

    def __init__(self) -> None:
        super().__init__("Something went wrong here; the log has more under this request's id.")


def install(app: FastAPI) -> None:
    """Render every kind of error that a route can raise."""
    for kind in (ServiceError, RequestValidationError, HTTPException, SQLAlchemyError):
        app.add_exception_handler(kind, answer)


async def answer(request: Request, error: Exception) -> Response:
    """The answer to any error."""
    known = translate(error)
    if isinstance(known, Internal):
        log.error("request_failed", exc_info=error)
    elif known is not error and isinstance(known, Unavailable):
        log.warning("database_unavailable", reason=type(error).__name__)
    headers = getattr(error, "headers", None) or {}
    return render(known, request.scope.get("request_id"), headers)


def translate(error: Exception) -> ServiceError:
    """The error in the service's words."""
    match error:
        case ServiceError():
            return error
        case RequestValidationError():
            return rejected(error)
        case HTTPException():
            return refused(error)
        case SQLAlchemyError() if is_outage(error):
            return Unavailable("database")
    return Internal()


def refused(error: HTTPException) -> ServiceError:
    """What the framework and the body limit refuse."""
    match error:
        case Overflow(limit=limit):
            return BodyTooLarge(limit)
        case HTTPException(status_code=HTTPStatus.NOT_FOUND):
            return NoSuchRoute()
        case HTTPException(status_code=HTTPStatus.METHOD_NOT_ALLOWED):
            return MethodNotAllowed()
    return Unreadable()


def rejected(error: RequestValidationError) -> ServiceError:
    """Every fault with its place."""
    faults = error.errors()
    if faults and faults[0]["type"] == "json_invalid":
        return MalformedJson(faults[0]["loc"][-1])
    return Rejected([errors.Problem(pointer(fault["loc"]), sentence(fault)) for fault in faults])


def pointer(place: Sequence[Any]) -> str:
    """A JSON pointer (RFC 6901) into the body, or the name of a parameter."""
    source, *path = place
    if source != "body":
        return str(path[-1]) if path else str(source)
    return "".join("/" + str(part).replace("~", "~0").replace("/", "~1") for part in path)


def sentence(fault: Mapping[str, Any]) -> str:
    """What pydantic says, without the value that was sent."""
    text = str(fault["msg"]).removeprefix("Value error, ")
    return text if text.endswith(".") else text + "."


def is_outage(error: SQLAlchemyError) -> bool:
    """Whether waiting can help: no connection, a lost one, a conflict, or a schema that is not migrated yet."""
    if isinstance(error, OperationalError | InterfaceError | PoolTimeout):
        return True
    if not isinstance(error, DBAPIError):
        return False
    return error.connection_invalidated or isinstance(error.orig, UndefinedTable | UndefinedFunction)


def render(error: ServiceError, request_id: str | None, headers: Mapping[str, str] | None = None) -> JSONResponse:
    """The problem document and its headers."""
    document = ProblemDocument(
        type=f"urn:svdiff:problem:{error.code}",
        title=error.code.replace("_", " ").capitalize(),
        status=error.status,
        detail=error.detail,
        code=error.code,
        problems=[Problem(pointer=one.pointer, detail=one.detail) for one in error.problems],
        retryable=error.retryable,
        request_id=request_id,
    )
    extra = dict(headers or {})
    if error.retry_after is not None:
        extra["Retry-After"] = str(error.retry_after)
    if isinstance(error, Unauthorized):
        extra["WWW-Authenticate"] = "Bearer"
    return JSONResponse(document.model_dump(), error.status, extra, MEDIA_TYPE)
