"""A client app that survives outages: it tries the other API process, and repeats a POST with the same key."""

import threading
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

import httpx

from tests.chaos.journal import Journal

AGAIN = (HTTPStatus.SERVICE_UNAVAILABLE, HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.BAD_GATEWAY)
PATIENCE = 180.0  # seconds for one call, repetitions included
PAUSE = 0.25
BUSY = "idempotency_key_busy"


class GivenUp(Exception):
    """A call that was not answered in all its repetitions."""


class Over(Exception):
    """The run ends before the errand does."""


@dataclass(frozen=True)
class Answer:
    """What came back."""

    status: int
    body: Any

    @property
    def code(self) -> str:
        """Of a problem."""
        return str(self.body.get("code", "")) if isinstance(self.body, dict) else ""


class Wire:
    """The API processes, shared by all clients; each call begins with another one."""

    def __init__(self, urls: tuple[str, ...]) -> None:
        limits = httpx.Limits(max_connections=100, max_keepalive_connections=40)
        self._clients = [httpx.Client(base_url=url, timeout=20.0, limits=limits, verify=False) for url in urls]  # noqa: S501 — plain HTTP on loopback; a context costs 50 ms
        self._calls = 0
        self.over = threading.Event()

    def call(self, method: str, path: str, **what: Any) -> Answer:
        """The first answer that is not an outage; GivenUp, or Over."""
        deadline = time.monotonic() + PATIENCE
        self._calls += 1
        turn = self._calls
        while time.monotonic() < deadline:
            turn += 1
            answer = self._try(self._clients[turn % len(self._clients)], method, path, what)
            if answer is not None and answer.status not in AGAIN and answer.code != BUSY:
                return answer
            if self.over.wait(PAUSE):
                raise Over
        raise GivenUp(f"{method} {path}")

    def _try(self, client: httpx.Client, method: str, path: str, what: dict[str, Any]) -> Answer | None:
        try:
            response = client.request(method, path, **what)
            return Answer(response.status_code, response.json() if response.content else None)
        except (httpx.TransportError, ValueError):  # ValueError: cut off in the middle of its body
            return None

    def close(self) -> None:
        """No more calls."""
        for client in self._clients:
            client.close()


class Client:
    """One tenant's app. It writes down every answer that promises something, before it acts on it."""

    def __init__(self, wire: Wire, journal: Journal, tenant: str, key: str) -> None:
        self.tenant = tenant
        self._wire, self._journal = wire, journal
        self._headers = {"Authorization": f"Bearer {key}"}

    def get(self, path: str) -> Any:
        """The body."""
        return self._expected(self._wire.call("GET", path, headers=self._headers), path, 200).body

    def post(self, path: str, *, told: str, expected: tuple[int, ...], lost: bool = False, **what: Any) -> Answer:
        """POST under a new Idempotency-Key; `lost`: the first answer is lost on its way, and the call repeated."""
        facts = what.pop("facts", {})
        key = str(uuid.uuid4())
        headers = self._headers | {"Idempotency-Key": key} | what.pop("headers", {})
        for _ in range(1 + lost):
            answer = self._expected(self._wire.call("POST", path, headers=headers, **what), path, *expected)
            if answer.status < HTTPStatus.BAD_REQUEST:
                named = {"key": key, "id": answer.body["id"], "status": answer.body.get("status")}
                self._journal.write(told, tenant=self.tenant, path=path, **named, **facts)
        return answer

    def wait(self, seconds: float) -> None:
        """Sleep; Over if the run ends meanwhile."""
        if self._wire.over.wait(seconds):
            raise Over

    def until(self, what: Callable[[], Any], pause: float = 0.5) -> Any:
        """The first true answer; Over if the run ends before."""
        while not (answer := what()):
            self.wait(pause)
        return answer

    def _expected(self, answer: Answer, path: str, *statuses: int) -> Answer:
        if answer.status not in statuses:
            self._journal.write("unexpected", tenant=self.tenant, path=path, status=answer.status, body=answer.body)
        return answer
