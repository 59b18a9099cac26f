"""What a client is told while a server is down, and that nothing is promised which is not stored."""

import time
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psycopg
import pytest
from fastapi.testclient import TestClient
from pydantic import SecretStr
from sqlalchemy import make_url

from service.bases import Manifest, register
from service.infra.database import BypassingRole, Database
from service.infra.migrate import migrate
from service.local.stack import Addresses
from service.settings import Settings
from tests.api.conftest import Hands, picture
from tests.api.outages import client_with, failing_commit, psycopg_url
from tests.conftest import Customer, new_customer, new_database, settings_for

NOBODY = "http://127.0.0.1:9"  # the discard port, where nothing listens


def test_a_failing_commit_is_never_a_202(client: TestClient, hands: Hands, settings: Settings, alice: Customer) -> None:
    """503, no job, nothing of the database's words; the same call succeeds once the commit does."""
    body = {"base": hands.base, "prompt": "fails at commit"}
    headers = alice.headers | {"Idempotency-Key": "k"}
    with failing_commit(settings):
        answer = client.post("/v1/generations", json=body, headers=headers)
        assert client.get("/v1/jobs", headers=alice.headers).json()["data"] == []
    assert (answer.status_code, answer.json()["code"], answer.json()["retryable"]) == (503, "unavailable", True)
    assert "Location" not in answer.headers
    assert answer.headers["Retry-After"] == "2"
    assert "disk" not in answer.text
    assert client.post("/v1/generations", json=body, headers=headers).status_code == 202


@pytest.fixture
def without_database(settings: Settings) -> Iterator[TestClient]:
    """The API of a database that is down from the start."""
    gone = SecretStr("postgresql+psycopg://svdiff_app@127.0.0.1:9/svdiff")
    with client_with(settings, app_database_url=gone, engine_database_url=gone) as client:
        yield client


def test_a_database_that_is_down_is_told_as_503(without_database: TestClient, alice: Customer) -> None:
    """The process lives, says that it is not ready, and asks to come back."""
    answer = without_database.get("/v1/jobs", headers=alice.headers)
    assert (answer.status_code, answer.json()["code"], answer.headers["Retry-After"]) == (503, "unavailable", "2")
    assert without_database.get("/healthz").status_code == 200
    ready = without_database.get("/readyz")
    assert (ready.status_code, ready.json()["code"]) == (503, "not_ready")
    assert [problem["pointer"] for problem in ready.json()["problems"]] == ["database"]


def test_a_database_that_comes_up_later_is_checked_and_used(stack: Addresses, tmp_path: Path) -> None:
    """503 while it is not there, then 503 while it has no schema, then 200: without a restart."""
    url = make_url(stack.database_url).set(database=f"late_{uuid.uuid4().hex[:8]}")
    settings = settings_for(stack, url.render_as_string(hide_password=False), tmp_path)
    anybody = {"Authorization": "Bearer svdiff_anybody"}
    with client_with(settings) as client:
        assert client.get("/v1/jobs", headers=anybody).status_code == 503
        new_database(stack, str(url.database))
        assert client.get("/v1/jobs", headers=anybody).status_code == 503
        assert "database" in client.get("/readyz").json()["detail"]
        migrate(url.render_as_string(hide_password=False))
        assert client.get("/readyz").status_code == 200
        assert client.get("/v1/jobs", headers=anybody).status_code == 401


def test_a_schema_of_an_older_version_is_not_ready(stack: Addresses, tmp_path: Path) -> None:
    """/readyz says what is to be done."""
    url = new_database(stack, f"old_{uuid.uuid4().hex[:8]}")
    migrate(url)
    with psycopg.connect(psycopg_url(SecretStr(url)), autocommit=True) as owner:
        owner.execute("DELETE FROM alembic_version")
    with client_with(settings_for(stack, url, tmp_path)) as client:
        answer = client.get("/readyz")
    assert answer.status_code == 503
    assert "svdiff migrate" in answer.json()["problems"][0]["detail"]


def test_a_role_that_bypasses_row_level_security_stops_the_start(settings: Settings) -> None:
    """The owner's URL in the place of the app's is a mistake that must not serve a single request."""
    with pytest.raises(BypassingRole), client_with(settings, app_database_url=settings.database_url):
        pass


def test_lost_connections_are_replaced(client: TestClient, settings: Settings, alice: Customer) -> None:
    """After a restart of Postgres the pool's connections are dead; no request notices."""
    assert client.get("/v1/jobs", headers=alice.headers).status_code == 200
    with psycopg.connect(psycopg_url(settings.database_url), autocommit=True) as owner:
        owner.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE usename = 'svdiff_app' AND datname = current_database()"
        )
    assert client.get("/v1/jobs", headers=alice.headers).status_code == 200


def test_a_store_that_is_down_is_told_as_503(settings: Settings, alice: Customer, base: str) -> None:
    """An upload is not taken, everything that needs no store works, and /readyz names it."""
    with client_with(settings, s3_endpoint=NOBODY) as client:
        upload = client.post("/v1/images", files={"file": ("a.png", picture())}, headers=alice.headers)
        assert (upload.status_code, upload.json()["retryable"]) == (503, True)
        assert client.get("/v1/images", headers=alice.headers).json()["data"] == []
        generation = client.post("/v1/generations", json={"base": base, "prompt": "x"}, headers=alice.headers)
        assert generation.status_code == 202
        ready = client.get("/readyz")
    assert [problem["pointer"] for problem in ready.json()["problems"]] == ["object_store"]


def test_a_broker_that_is_down_delays_nothing(settings: Settings, alice: Customer, base: str) -> None:
    """202 within half a second, job after job, and /readyz does not mind."""
    with client_with(settings, broker_url=SecretStr("redis://127.0.0.1:9/0")) as client:
        client.get("/v1/jobs", headers=alice.headers)
        begun = time.monotonic()
        for _ in range(5):
            answer = client.post("/v1/generations", json={"base": base, "prompt": "x"}, headers=alice.headers)
            assert answer.status_code == 202
        assert time.monotonic() - begun < 2.5
        assert client.get("/readyz").status_code == 200


def test_a_tenant_at_its_limit_is_told_when_to_come_back(
    database: Database, settings: Settings, client: TestClient, base: str
) -> None:
    """429 with Retry-After; a cancel makes room."""
    customer = new_customer(database, settings.model_copy(update={"tenant_max_pending": 1}))
    body = {"base": base, "prompt": "x"}
    job = client.post("/v1/generations", json=body, headers=customer.headers).json()
    refused = client.post("/v1/generations", json=body, headers=customer.headers)
    assert (refused.status_code, refused.json()["code"]) == (429, "too_many_pending")
    assert refused.headers["Retry-After"] == "10"
    client.post(f"/v1/jobs/{job['id']}/cancel", headers=customer.headers)
    assert client.post("/v1/generations", json=body, headers=customer.headers).status_code == 202


def test_a_hundred_requests_at_once_are_all_served(client: TestClient, alice: Customer) -> None:
    """More requests than threads and connections wait for their turn; none starves another of what it needs."""
    with ThreadPoolExecutor(100) as pool:
        answers = list(pool.map(lambda _: client.get("/v1/jobs", headers=alice.headers), range(200)))
    assert {answer.status_code for answer in answers} == {200}


def test_a_base_registered_while_serving_is_known_at_once(
    client: TestClient, database: Database, alice: Customer
) -> None:
    """Nothing of the database is remembered from one request to the next."""
    name = f"new-{uuid.uuid4().hex[:6]}"
    body = {"base": name, "prompt": "x"}
    assert client.post("/v1/generations", json=body, headers=alice.headers).json()["code"] == "unknown_base"
    register(database, name, "/nowhere", Manifest(fingerprint="svd1-" + "2" * 64, resolution=64))
    assert client.post("/v1/generations", json=body, headers=alice.headers).status_code == 202
