"""The clients' own server, told how jobs end: `python -m tests.chaos.traffic.receiver PORT SECRETS JOURNAL SEED`.

It checks each signature with the library of the specification, writes down what it got, and now and then does what
receivers do: it fails, it is slow, or its answer is lost.
"""

import json
import random
import sys
import threading
import time
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from standardwebhooks import Webhook, WebhookVerificationError

from tests.chaos.journal import Journal

FAILING, SILENT, SLOW = 0.08, 0.02, 0.02  # shares of the deliveries
SLOW_SECONDS = 1.0


class Receiver(BaseHTTPRequestHandler):
    """One delivery."""

    def __init__(self, secrets: Path, journal: Journal, dice: "Dice", *rest: Any) -> None:
        self._secrets, self._journal, self._dice = secrets, journal, dice
        super().__init__(*rest)

    def do_POST(self) -> None:
        """Verify, write down, then answer, or not."""
        body = self.rfile.read(int(self.headers["Content-Length"]))
        tenant, roll = self.path.strip("/"), self._dice.roll()
        if roll < FAILING:
            self._answer(500)
            return
        told = {"tenant": tenant, "id": self.headers["webhook-id"], "genuine": self._verified(tenant, body)}
        self._journal.write("webhook", **told, payload=json.loads(body))
        if roll < FAILING + SILENT:
            self.close_connection = True
            return
        if roll < FAILING + SILENT + SLOW:
            time.sleep(SLOW_SECONDS)
        self._answer(204)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 — the base class's word
        """The journal is enough."""

    def _verified(self, tenant: str, body: bytes) -> bool:
        names = ("webhook-id", "webhook-timestamp", "webhook-signature")
        headers = {name: self.headers[name] or "" for name in names}
        try:
            Webhook((self._secrets / tenant).read_text()).verify(body, headers)
        except (WebhookVerificationError, OSError):
            return False
        return True

    def _answer(self, status: int) -> None:
        self.send_response(status)
        self.send_header("Content-Length", "0")
        self.end_headers()


class Dice:
    """One seeded sequence for all threads."""

    def __init__(self, seed: str) -> None:
        self._rng, self._lock = random.Random(seed), threading.Lock()

    def roll(self) -> float:
        """In [0, 1)."""
        with self._lock:
            return self._rng.random()


def main(port: str, secrets: str, journal: str, seed: str) -> None:
    """Serve until the end."""
    ThreadingHTTPServer.request_queue_size = 64
    handler = partial(Receiver, Path(secrets), Journal(Path(journal)), Dice(seed))
    with ThreadingHTTPServer(("127.0.0.1", int(port)), handler) as server:
        server.serve_forever()


if __name__ == "__main__":
    main(*sys.argv[1:])
