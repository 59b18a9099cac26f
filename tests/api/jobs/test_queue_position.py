"""What a client sees of a job that waits, and what it may do about it."""

from fastapi.testclient import TestClient
from sqlalchemy import delete

from service.infra.database import Database
from service.jobs.workers import check_in
from service.tables import WorkerRow
from tests.api.conftest import Hands, Worker
from tests.conftest import Customer


def test_a_waiting_job_tells_its_place_and_why_it_waits(
    client: TestClient, hands: Hands, database: Database, alice: Customer
) -> None:
    """No worker lives: so it says. With one: its turn, counted from 1, and an estimate."""
    first, second = hands.generate(alice), hands.generate(alice)
    with database.engine() as session:
        session.execute(delete(WorkerRow))
    told = client.get(f"/v1/jobs/{second['id']}", headers=alice.headers).json()
    assert (told["priority"], told["queue"]["reason"], told["queue"]["wait_seconds"]) == (
        "interactive",
        "no_worker",
        None,
    )
    with database.engine() as session:
        check_in(session, "test")
    places = [client.get(f"/v1/jobs/{job['id']}", headers=alice.headers).json()["queue"] for job in (first, second)]
    assert [place["reason"] for place in places] == ["turn", "turn"]
    assert places[1]["position"] > places[0]["position"] >= 1  # others, of other tests, may stand between
    assert places[1]["wait_seconds"] > 0


def test_a_job_with_a_deadline_says_when_it_is(client: TestClient, hands: Hands, alice: Customer) -> None:
    """`expires_in` counts from the acceptance; nonsense is refused with a pointer."""
    job = hands.generate(alice, expires_in=90)
    assert job["expires_at"] > job["created_at"]
    assert "expires_in" not in job["spec"]
    body = {"base": "tiny", "prompt": "a dog", "expires_in": 0}
    refused = client.post("/v1/generations", json=body, headers=alice.headers)
    assert refused.status_code == 422
    assert "/expires_in" in refused.text


def test_a_fine_tune_is_paused_and_resumed_over_http(client: TestClient, hands: Hands, alice: Customer) -> None:
    """Both answer the job; a repetition with the same key answers it again."""
    job = hands.fine_tune(alice)
    headers = alice.headers | {"Idempotency-Key": "pause-1"}
    paused = [client.post(f"/v1/jobs/{job['id']}/pause", headers=headers) for _ in range(2)]
    assert [(answer.status_code, answer.json()["status"]) for answer in paused] == [(200, "paused")] * 2
    assert client.get(f"/v1/jobs/{job['id']}", headers=alice.headers).json()["queue"]["reason"] == "paused"
    resumed = client.post(f"/v1/jobs/{job['id']}/resume", headers=alice.headers)
    assert (resumed.status_code, resumed.json()["status"]) == (200, "queued")


def test_what_cannot_be_paused_is_a_conflict_that_says_why(
    client: TestClient, hands: Hands, worker: Worker, alice: Customer, bob: Customer
) -> None:
    """A generation is too short; another tenant's job is not there."""
    job = hands.generate(alice)
    refused = client.post(f"/v1/jobs/{job['id']}/pause", headers=alice.headers)
    assert (refused.status_code, refused.json()["code"]) == (409, "wrong_kind")
    for verb in ("pause", "resume"):
        assert client.post(f"/v1/jobs/{job['id']}/{verb}", headers=bob.headers).status_code == 404
