"""Errors that only HTTP can make: each writes its own sentence, as those of the service do."""

from collections.abc import Sequence

from starlette.exceptions import HTTPException

from service.errors import BodyTooLarge, ServiceError


class MalformedJson(ServiceError):
    """The body is not JSON."""

    status = 400
    code = "malformed_json"
    remedy = "Send valid JSON in UTF-8; `detail` says where reading stopped."

    def __init__(self, position: int) -> None:
        super().__init__(f"The body is not JSON: reading stopped at character {position}.")


class NoSuchRoute(ServiceError):
    """The API has no route with this path."""

    status = 404
    code = "no_such_route"
    remedy = "Check the path against `/openapi.json`."

    def __init__(self) -> None:
        super().__init__("There is no such route; /openapi.json lists them.")


class MethodNotAllowed(ServiceError):
    """The route does not support this HTTP method."""

    status = 405
    code = "method_not_allowed"
    remedy = "Use one of the methods that the header `Allow` names."

    def __init__(self) -> None:
        super().__init__("This route does not have this method.")


class UnreadableRequest(ServiceError):
    """The request cannot be parsed, for example because its multipart body is broken."""

    status = 400
    code = "unreadable_request"
    remedy = "Check how your client encodes the body, and its `Content-Type` and `Content-Length`."

    def __init__(self) -> None:
        super().__init__("The request cannot be read.")


class WrongMediaType(ServiceError):
    """The `Content-Type` is not one that the route accepts."""

    status = 415
    code = "wrong_media_type"
    remedy = "Send the `Content-Type` that `detail` names."

    def __init__(self, taken: Sequence[str]) -> None:
        super().__init__(f"Send the body with the Content-Type {' or '.join(taken)}.")


class BodyTimeout(ServiceError):
    """The body did not arrive in time."""

    status = 408
    code = "body_timeout"
    remedy = "Repeat the call over a faster connection, or send a smaller file."
    retryable = True

    def __init__(self, seconds: float) -> None:
        super().__init__(f"The body did not arrive within {seconds:g} seconds.")


class BodyOverflow(HTTPException):
    """The body grew past the limit while it was read. FastAPI passes on this kind of error alone from a body."""

    def __init__(self, limit: int) -> None:
        super().__init__(BodyTooLarge.status)
        self.limit = limit


class TooManyStreams(ServiceError):
    """The tenant has reached its limit of open event streams and waiting calls."""

    status = 429
    code = "too_many_streams"
    remedy = "Close a stream, or repeat the call after `Retry-After` seconds."
    retryable = True
    retry_after = 10

    def __init__(self, limit: int) -> None:
        super().__init__(f"At most {limit} event streams may be open at a time.")


class StreamLimitReached(ServiceError):
    """The server has reached its limit of open event streams and waiting calls."""

    status = 503
    code = "stream_limit_reached"
    remedy = "Repeat the call after `Retry-After` seconds, or poll `GET /v1/jobs/{id}`."
    retryable = True
    retry_after = 10

    def __init__(self) -> None:
        super().__init__("This server has reached its limit of open event streams.")


class Internal(ServiceError):
    """The server failed in an unexpected way."""

    status = 500
    code = "internal"
    remedy = "Report it to the operator with the `request_id`, under which the log has the cause."

    def __init__(self) -> None:
        super().__init__("The server failed in an unexpected way; its log has the cause under this request's id.")
