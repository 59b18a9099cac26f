"""A customer's server: it listens on a real socket, keeps what came, and answers as a test tells it."""

import json
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from standardwebhooks import Webhook

CERTIFICATE = Path(__file__).with_name("receiver.pem")  # self-signed, for `localhost` and `receiver.test`


@dataclass(frozen=True)
class Received:
    """A request as it came."""

    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def id(self) -> str:
        """The `webhook-id`."""
        return self.headers["webhook-id"]

    @property
    def payload(self) -> Any:
        """The body's JSON."""
        return json.loads(self.body)

    def verified(self, secret: str) -> Any:
        """What the library of the specification reads; it raises WebhookVerificationError for another's message."""
        return Webhook(secret).verify(self.body, self.headers)


class Receiver(ThreadingHTTPServer):
    """Answers `statuses` one after the other, the last one again and again, each after `delay` seconds."""

    daemon_threads = True
    block_on_close = False  # a handler may sleep on

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.requests: list[Received] = []
        self.statuses = [200]
        self.headers: dict[str, str] = {}
        self.delay = 0.0
        self.names: list[str | None] = []  # that TLS clients asked for
        self.scheme = "http"

    @property
    def port(self) -> int:
        """Where it listens."""
        return int(self.server_address[1])

    @property
    def url(self) -> str:
        """Its address, as a customer enters it."""
        return f"{self.scheme}://127.0.0.1:{self.port}/hook?of=svdiff"

    @property
    def ids(self) -> list[str]:
        """The ids of all that came."""
        return [request.id for request in self.requests]

    def encrypt(self) -> None:
        """Speak TLS, and note the names that clients ask for."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(CERTIFICATE)
        context.sni_callback = lambda _socket, name, _context: self.names.append(name)
        self.socket = context.wrap_socket(self.socket, server_side=True)
        self.scheme = "https"

    def handle_error(self, *_: Any) -> None:
        """A client that leaves is no news."""


class Handler(BaseHTTPRequestHandler):
    """Keeps the request and answers."""

    protocol_version = "HTTP/1.1"
    server: Receiver

    def do_POST(self) -> None:
        """What a webhook is."""
        body = self.rfile.read(int(self.headers["Content-Length"]))
        headers = {name.lower(): value for name, value in self.headers.items()}
        self.server.requests.append(Received(self.path, headers, body))
        time.sleep(self.server.delay)
        statuses = self.server.statuses
        self.send_response(statuses.pop(0) if len(statuses) > 1 else statuses[0])
        for name, value in self.server.headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"ok")

    def log_message(self, *_: Any) -> None:
        """Nothing on the test's terminal."""


@contextmanager
def listening(*, encrypted: bool = False) -> Iterator[Receiver]:
    """A receiver that serves in a thread."""
    receiver = Receiver()
    if encrypted:
        receiver.encrypt()
    thread = threading.Thread(target=receiver.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield receiver
    finally:
        receiver.shutdown()
        receiver.server_close()
