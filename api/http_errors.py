"""Errors that only HTTP can make: each writes its own sentence, as those of the service do."""

from collections.abc import Sequence

from starlette.exceptions import HTTPException

from service.errors import BodyTooLarge, Problem, ServiceError


class InvalidRequest(ServiceError):
    """The request does not have the documented form."""

    status = 422
    code = "invalid_request"

    def __init__(self, problems: Sequence[Problem]) -> None:
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


class UnreadableRequest(ServiceError):
    """The framework could not read the request: broken multipart, a number of a thousand digits."""

    status = 400
    code = "unreadable"

    def __init__(self) -> None:
        super().__init__("The request cannot be read.")


class WrongMediaType(ServiceError):
    """The body is not declared as what the route takes."""

    status = 415
    code = "wrong_media_type"

    def __init__(self, taken: Sequence[str]) -> None:
        super().__init__(f"Send the body with the Content-Type {' or '.join(taken)}.")


class BodyTimeout(ServiceError):
    """The body did not arrive in time."""

    status = 408
    code = "too_slow"
    retryable = True

    def __init__(self, seconds: float) -> None:
        super().__init__(f"The body did not arrive within {seconds:g} seconds.")


class BodyOverflow(HTTPException):
    """The body grew past the limit while it was read. FastAPI passes on this kind of error alone from a body."""

    def __init__(self, limit: int) -> None:
        super().__init__(BodyTooLarge.status)
        self.limit = limit


class TooManyStreams(ServiceError):
    """The tenant's open event streams and waits are at their limit in this process."""

    status = 429
    code = "too_many_streams"
    retryable = True
    retry_after = 10

    def __init__(self, limit: int) -> None:
        super().__init__(f"At most {limit} event streams may be open at a time.")


class StreamLimitReached(ServiceError):
    """This process keeps as many streams and waits open as it may."""

    status = 503
    code = "stream_limit_reached"
    retryable = True
    retry_after = 10

    def __init__(self) -> None:
        super().__init__("This server has as many event streams open as it may.")


class Internal(ServiceError):
    """A fault of ours. The log has the rest."""

    def __init__(self) -> None:
        super().__init__("Something went wrong here; the log has more under this request's id.")
