"""A POST with an Idempotency-Key happens once."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import text

from service.infra.database import Database
from tests.api.conftest import Hands, picture
from tests.conftest import Customer


def ask(client: TestClient, customer: Customer, body: dict[str, Any], key: str = "k") -> Any:
    """POST a generation under a key."""
    return client.post("/v1/generations", json=body, headers=customer.headers | {"Idempotency-Key": key})


@pytest.fixture
def body(base: str) -> dict[str, Any]:
    """A generation whose seed is drawn, so that a second one would differ."""
    return {"base": base, "prompt": "a cat"}


def jobs_of(client: TestClient, customer: Customer) -> list[str]:
    """The ids of all jobs."""
    return [job["id"] for job in client.get("/v1/jobs", headers=customer.headers).json()["data"]]


def test_a_repeated_call_answers_the_same_job(client: TestClient, body: dict[str, Any], alice: Customer) -> None:
    """The same status, body and Location, and one job; the order of the body's keys does not matter."""
    first, again = ask(client, alice, body), ask(client, alice, dict(reversed(body.items())))
    assert first.status_code == again.status_code == 202
    assert first.json() == again.json()
    assert first.headers["Location"] == again.headers["Location"]
    assert jobs_of(client, alice) == [first.json()["id"]]


def test_a_repeated_call_shows_the_job_as_it_is_now(client: TestClient, body: dict[str, Any], alice: Customer) -> None:
    """The stored answer is the resource, not its text."""
    job = ask(client, alice, body).json()
    client.post(f"/v1/jobs/{job['id']}/cancel", headers=alice.headers)
    again = ask(client, alice, body)
    assert (again.status_code, again.json()["id"], again.json()["status"]) == (202, job["id"], "canceled")


def test_a_key_belongs_to_one_body(client: TestClient, body: dict[str, Any], alice: Customer) -> None:
    """Another body under the same key is refused, and no job is made of it."""
    ask(client, alice, body)
    other = ask(client, alice, body | {"n": 2})
    assert (other.status_code, other.json()["code"]) == (422, "idempotency_key_reused")
    assert len(jobs_of(client, alice)) == 1


def test_a_key_belongs_to_one_tenant_and_one_route(
    client: TestClient, hands: Hands, body: dict[str, Any], alice: Customer, bob: Customer
) -> None:
    """The same key means another call elsewhere."""
    mine = ask(client, alice, body).json()["id"]
    assert ask(client, bob, body).json()["id"] != mine
    fine_tune = hands.fine_tune_body(hands.upload(alice))
    answer = client.post("/v1/fine-tunes", json=fine_tune, headers=alice.headers | {"Idempotency-Key": "k"})
    assert (answer.status_code, answer.json()["kind"]) == (202, "fine_tune")


def test_a_refused_call_is_not_remembered(client: TestClient, body: dict[str, Any], alice: Customer) -> None:
    """The key is still free after a fault in the form and after one in the meaning."""
    assert ask(client, alice, body | {"n": 0}).status_code == 422
    assert ask(client, alice, body | {"base": "nothing"}).status_code == 422
    assert ask(client, alice, body).status_code == 202


def test_concurrent_calls_make_one_job(client: TestClient, body: dict[str, Any], alice: Customer) -> None:
    """Each of eight at once gets the job, or is told to come back for it."""
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: ask(client, alice, body), range(8)))
    made = {answer.json()["id"] for answer in answers if answer.status_code == 202}
    busy = [answer for answer in answers if answer.status_code != 202]
    assert len(made) == 1
    assert jobs_of(client, alice) == list(made)
    for answer in busy:
        assert (answer.status_code, answer.json()["code"]) == (409, "idempotency_key_busy")
        assert (answer.json()["retryable"], answer.headers["Retry-After"]) == (True, "1")


def test_a_key_is_forgotten_after_a_day(
    client: TestClient, database: Database, body: dict[str, Any], alice: Customer
) -> None:
    """Then it may mean another body."""
    ask(client, alice, body)
    with database.tenant(alice.id) as scope:
        scope.session.execute(text("UPDATE idempotency_keys SET created_at = now() - interval '25 hours'"))
    assert ask(client, alice, body | {"n": 2}).status_code == 202
    assert len(jobs_of(client, alice)) == 2


def test_an_upload_is_recognized_by_its_bytes(client: TestClient, alice: Customer) -> None:
    """The same file under another name is the same call; another file is not."""
    headers = alice.headers | {"Idempotency-Key": "k"}
    first = client.post("/v1/images", files={"file": ("a.png", picture())}, headers=headers)
    again = client.post("/v1/images", files={"file": ("b.png", picture())}, headers=headers)
    other = client.post("/v1/images", files={"file": ("a.png", picture("green"))}, headers=headers)
    assert (again.status_code, again.json()) == (201, first.json())
    assert again.headers["Location"] == first.headers["Location"]
    assert (other.status_code, other.json()["code"]) == (422, "idempotency_key_reused")


def test_a_cancel_takes_a_key_too(client: TestClient, hands: Hands, alice: Customer) -> None:
    """Its repetition answers alike; for another job the key is taken."""
    job, other = hands.generate(alice), hands.generate(alice)
    headers = alice.headers | {"Idempotency-Key": "k"}
    for _ in range(2):
        answer = client.post(f"/v1/jobs/{job['id']}/cancel", headers=headers)
        assert (answer.status_code, answer.json()["status"]) == (200, "canceled")
    assert client.post(f"/v1/jobs/{other['id']}/cancel", headers=headers).status_code == 422
