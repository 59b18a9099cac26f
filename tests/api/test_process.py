"""The process itself: what it imports, what it reads, what it logs."""

import json
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
import structlog
from fastapi.testclient import TestClient
from sqlalchemy import Connection, Engine, event

from api.main import create
from service.infra.database import APP_ROLE
from service.settings import Settings
from tests.api.conftest import Hands, Worker, picture
from tests.conftest import Customer

SERVE_AND_TELL = """
import json, sys
from fastapi.testclient import TestClient
from api.main import create
key = sys.argv[1]
with TestClient(create(), headers={"Authorization": "Bearer " + key}) as client:
    paths = ("/healthz", "/readyz", "/openapi.json", "/v1/jobs", "/v1/bases")
    statuses = [client.get(path).status_code for path in paths]
    statuses.append(client.post("/v1/generations", json={"base": "tiny", "prompt": "x"}).status_code)
print(json.dumps([statuses, sorted(sys.modules)]))
"""


def test_the_api_never_imports_torch(settings: Settings, alice: Customer, base: str) -> None:
    """A process that has served every kind of request has none of the device's libraries, nor the worker."""
    done = subprocess.run(
        [sys.executable, "-c", SERVE_AND_TELL, alice.key],
        env=settings.environment(),
        capture_output=True,
        check=True,
        text=True,
    )
    statuses, modules = json.loads(done.stdout.splitlines()[-1])
    assert statuses == [200, 200, 200, 200, 200, 202]
    assert {"api", "service", "fastapi"} <= set(modules)
    assert not {"torch", "diffusers", "transformers", "worker"} & set(modules)
    core = {name for name in modules if name.partition(".")[0] == "svdiff_core"}
    assert all(name.split(".")[1:2] in ([], ["errors"], ["shift"], ["parameters"]) for name in core)


LIMIT_AND_TELL = """
import resource
from api.main import create
resource.setrlimit(resource.RLIMIT_NOFILE, (256, resource.getrlimit(resource.RLIMIT_NOFILE)[1]))
create()
print(resource.getrlimit(resource.RLIMIT_NOFILE)[0])
"""


def test_a_process_may_open_what_its_streams_take(settings: Settings) -> None:
    """Started under a shell's low limit, it raises its own."""
    done = subprocess.run(
        [sys.executable, "-c", LIMIT_AND_TELL], env=settings.environment(), capture_output=True, check=True, text=True
    )
    assert int(done.stdout) > settings.max_event_streams


def test_a_submission_takes_few_statements(client: TestClient, hands: Hands, alice: Customer) -> None:
    """Who calls, which base, how much waits, the job and its first event: each is a round trip under load."""
    hands.generate(alice)
    said: list[str] = []

    def note(connection: Connection, _cursor: Any, statement: str, *_: Any) -> None:
        if connection.engine.url.username == APP_ROLE:
            said.append(statement)

    event.listen(Engine, "before_cursor_execute", note)
    try:
        hands.generate(alice)
    finally:
        event.remove(Engine, "before_cursor_execute", note)
    assert len(said) <= 7, said


JSON = ("/v1/generations", "application/json", b'{"base": "')
PART = b'--x\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\n'
FORM = ("/v1/images", "multipart/form-data; boundary=x", PART)


@pytest.mark.parametrize(("path", "media_type", "start"), [JSON, FORM])
def test_a_body_without_a_length_is_cut_off_at_the_limit(
    path: str, media_type: str, start: bytes, live: httpx.Client, alice: Customer
) -> None:
    """50 MB in chunks that say nothing of their number are refused, and the server goes on."""

    def chunks() -> Iterator[bytes]:
        yield start
        yield from (b" " * 2**20 for _ in range(50))

    answer = live.post(path, content=chunks(), headers=alice.headers | {"Content-Type": media_type})
    assert (answer.status_code, answer.json()["code"]) == (413, "body_too_large")
    assert live.get("/healthz").status_code == 200


@pytest.mark.parametrize(
    ("path", "limit"), [("/v1/generations", 2**20), ("/v1/fine-tunes", 2**20), ("/v1/jobs", 2**20)]
)
def test_a_declared_length_over_the_limit_is_refused_unread(
    path: str, limit: int, client: TestClient, alice: Customer
) -> None:
    """413 with the limit in words, on a route that takes a body and on one that takes none."""
    headers = alice.headers | {"Content-Type": "application/json", "Content-Length": str(limit + 1)}
    method = "GET" if path == "/v1/jobs" else "POST"
    answer = client.request(method, path, content=b"", headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (413, "body_too_large")
    assert str(limit) in answer.json()["detail"]


def test_an_upload_of_the_full_size_is_let_in(settings: Settings, alice: Customer) -> None:
    """A file of exactly the limit passes the middleware and is judged as a picture; one byte of JSON more would not."""
    small = settings.model_copy(update={"max_upload_bytes": 100_000})
    with TestClient(create(small)) as client:
        padded = picture() + bytes(100_000 - len(picture()))
        assert len(padded) == 100_000
        assert client.post("/v1/images", files={"file": ("a.png", padded)}, headers=alice.headers).status_code == 201
        over = client.post("/v1/images", files={"file": ("a.png", padded * 2)}, headers=alice.headers)
    assert over.status_code == 413


def test_what_no_route_has_is_a_problem_too(client: TestClient) -> None:
    """An unknown path, and a method that a path does not have."""
    unknown, method = client.get("/v1/nothing"), client.put("/v1/images")
    assert (unknown.status_code, unknown.json()["code"]) == (404, "no_such_route")
    assert (method.status_code, method.json()["code"], method.headers["Allow"]) == (
        405,
        "method_not_allowed",
        "GET, POST",
    )
    for answer in (unknown, method):
        assert answer.headers["Content-Type"] == "application/problem+json"


def test_a_fault_of_ours_says_nothing_but_its_name_in_the_log(
    monkeypatch: pytest.MonkeyPatch, client: TestClient, alice: Customer
) -> None:
    """500 without a trace; the request's id is in the answer, its header and the log."""

    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("a secret")

    monkeypatch.setattr("service.jobs.queries.list_page", broken)
    with structlog.testing.capture_logs() as logs:
        answer = client.get("/v1/jobs", headers=alice.headers)
    assert (answer.status_code, answer.json()["code"]) == (500, "internal")
    assert "secret" not in answer.text
    assert answer.json()["request_id"] == answer.headers["X-Request-ID"]
    assert [entry["event"] for entry in logs] == ["request_failed", "request"]


def test_the_log_has_a_line_a_request_and_no_secret(
    client: TestClient, hands: Hands, worker: Worker, alice: Customer
) -> None:
    """Method, template, status and time; never a key, a prompt, an id or a link."""
    with structlog.testing.capture_logs() as logs:
        job = hands.generate(alice, prompt="a private wish")
        worker.make_pictures(alice)
        client.get(f"/v1/jobs/{job['id']}?x=private", headers=alice.headers)
        client.get("/private/path", headers=alice.headers)
    lines = [entry for entry in logs if entry["event"] == "request"]
    assert [(line["method"], line["route"], line["status"]) for line in lines] == [
        ("POST", "/v1/generations", 202),
        ("GET", "/v1/jobs/{job_id}", 200),
        ("GET", None, 404),
    ]
    assert all(line["ms"] > 0 for line in lines)
    told = repr(logs)
    assert not [secret for secret in (alice.key, "private", job["id"], "X-Amz", str(alice.id)) if secret in told]


def test_the_documentation_is_served(client: TestClient) -> None:
    """/docs for people, /openapi.json for programs, without a key."""
    assert client.get("/docs").status_code == 200
    assert client.get("/openapi.json").json()["info"]["title"] == "SVDiff"
