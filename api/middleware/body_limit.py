"""Bodies are bounded before anything parses them: by the header that declares a length, and by count."""

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.errors import render
from api.http_errors import BodyOverflow
from service.errors import BodyTooLarge
from service.settings import Settings

MULTIPART_BYTES = 64 * 1024  # boundaries and part headers around a file of the full size


class BodyLimit:
    """ASGI middleware: 413 for a body over its route's limit."""

    def __init__(self, app: ASGIApp, settings: Settings) -> None:
        self._app = app
        self._json_bytes = settings.max_body_bytes
        self._other_bytes = {
            ("POST", "/v1/images"): settings.max_upload_bytes + MULTIPART_BYTES,
            ("POST", "/v1/batches"): settings.max_batch_bytes,
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Refuse by the header, then pass the body on and count it."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        limit = self._other_bytes.get((scope["method"], scope["path"]), self._json_bytes)
        if declared_bytes(scope) > limit:
            await render(BodyTooLarge(limit), scope.get("request_id"))(scope, receive, send)
            return
        await self._app(scope, count_body(receive, limit), send)


def count_body(receive: Receive, limit: int) -> Receive:
    """The same messages; Overflow when their bodies exceed the limit together."""
    total = 0

    async def receive_counted() -> Message:
        nonlocal total
        message = await receive()
        total += len(message.get("body", b""))
        if total > limit:
            raise BodyOverflow(limit)
        return message

    return receive_counted


def declared_bytes(scope: Scope) -> int:
    """Content-Length; 0 where there is none. The server has refused one that is no number."""
    lengths = [int(value) for name, value in scope["headers"] if name == b"content-length"]
    return max(lengths, default=0)
