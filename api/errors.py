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
from starlette.types import Scope

from api.http_errors import (
    BodyOverflow,
    Internal,
    MalformedJson,
    MethodNotAllowed,
    NoSuchRoute,
    UnreadableRequest,
)
from api.schemas.problem import BatchProblemDocument, LineProblem, Problem, ProblemDocument
from service import errors
from service.batches.line_errors import InvalidBatch
from service.errors import BodyTooLarge, InvalidRequest, ServiceError, Unauthorized, Unavailable

MEDIA_TYPE = "application/problem+json"
MAX_PROBLEMS = 100  # a body of nothing but unknown fields would be answered by ten times its size

log = structlog.get_logger()


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
    headers = {"Allow": allowed(request)} if isinstance(known, MethodNotAllowed) else {}
    return render(known, request.scope.get("request_id"), headers)


def allowed(request: Request) -> str:
    """The methods of the path; the framework names those of one of its routes only."""
    methods = request.app.openapi()["paths"].get(template(request.scope), {"get": {}})
    return ", ".join(sorted(method.upper() for method in methods))


def template(scope: Scope) -> str | None:
    """The path of the route that matched: the request's own path may hold anything."""
    return getattr(scope.get("route"), "path_format", None)


def translate(error: Exception) -> ServiceError:
    """The error in the service's words."""
    match error:
        case ServiceError():
            return error
        case RequestValidationError():
            return from_validation_error(error)
        case HTTPException():
            return from_http_exception(error)
        case SQLAlchemyError() if is_outage(error):
            return Unavailable("database")
    return Internal()


def from_http_exception(error: HTTPException) -> ServiceError:
    """What the framework and the body limit refuse."""
    match error:
        case BodyOverflow(limit=limit):
            return BodyTooLarge(limit)
        case HTTPException(status_code=HTTPStatus.NOT_FOUND):
            return NoSuchRoute()
        case HTTPException(status_code=HTTPStatus.METHOD_NOT_ALLOWED):
            return MethodNotAllowed()
    return UnreadableRequest()


def from_validation_error(error: RequestValidationError) -> ServiceError:
    """Every fault with its place."""
    faults = error.errors()
    if faults and faults[0]["type"] == "json_invalid":
        return MalformedJson(faults[0]["loc"][-1])
    return InvalidRequest(
        [errors.FieldError(pointer(fault["loc"]), error_sentence(fault)) for fault in faults[:MAX_PROBLEMS]]
    )


def pointer(place: Sequence[Any]) -> str:
    """A JSON pointer (RFC 6901) into the body, or the name of a parameter."""
    source, *path = place
    if source != "body":
        return str(path[-1]) if path else str(source)
    text = "".join("/" + str(part).replace("~", "~0").replace("/", "~1") for part in path)
    return text.encode(errors="replace").decode()  # an unknown field's name may hold half a character


def error_sentence(fault: Mapping[str, Any]) -> str:
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
    document = document_of(error, request_id)
    extra = dict(headers or {})
    if error.retry_after is not None:
        extra["Retry-After"] = str(error.retry_after)
    if isinstance(error, Unauthorized):
        extra["WWW-Authenticate"] = "Bearer"
    return JSONResponse(document.model_dump(), error.status, extra, MEDIA_TYPE)


def document_of(error: ServiceError, request_id: str | None) -> ProblemDocument:
    """The error as the wire has it; that of a batch lists the faults of its lines."""
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
    if not isinstance(error, InvalidBatch):
        return document
    lines = [LineProblem(**vars(fault)) for fault in error.faults]
    return BatchProblemDocument(**document.model_dump(), errors=lines, error_count=error.count)
