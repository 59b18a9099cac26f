"""One line a request in the log, under an id that the answer carries too. No key, prompt or link is ever in it."""

import time

import structlog
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.errors import render, template
from api.http_errors import Internal
from service.ids import new_id, to_wire

REQUEST_ID = "X-Request-ID"

log = structlog.get_logger()


class AccessLog:
    """ASGI middleware: names the request, notes how it went, and answers 500 for what nothing else caught."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the call on, in between."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        scope["request_id"] = to_wire("req", new_id())
        begun, noted = time.perf_counter(), RecordingSend(send, scope["request_id"])
        with structlog.contextvars.bound_contextvars(request_id=scope["request_id"]):
            try:
                await self._app(scope, receive, noted)
            except Exception:
                log.exception("request_failed")
                if noted.status is not None:
                    raise  # the answer had begun: the server cuts the connection
                await render(Internal(), scope["request_id"])(scope, receive, noted)
            finally:
                spent = round(1000 * (time.perf_counter() - begun), 1)
                log.info("request", method=scope["method"], route=template(scope), status=noted.status, ms=spent)


class RecordingSend:
    """The server's `send`, which adds the request's id and remembers the status."""

    def __init__(self, send: Send, request_id: str) -> None:
        self._send = send
        self._header = (REQUEST_ID.lower().encode(), request_id.encode())
        self.status: int | None = None

    async def __call__(self, message: Message) -> None:
        """Send the message."""
        if message["type"] == "http.response.start":
            self.status = message["status"]
            message["headers"] = [*message.get("headers", ()), self._header]
        await self._send(message)
