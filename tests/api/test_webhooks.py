"""Webhooks as a customer manages them, and as its server gets them."""

from collections.abc import Iterator
from typing import Any

import pytest
import structlog
from fastapi.testclient import TestClient

from api.main import create
from service.infra.database import Database
from service.settings import Settings
from tests.api.conftest import Hands, Worker
from tests.api.problems import assert_problem
from tests.conftest import Customer
from tests.service.webhooks.office import LOCAL, Office
from tests.service.webhooks.receiver import Receiver


@pytest.fixture(scope="module")
def local(settings: Settings) -> Settings:
    """Settings that let deliveries go to this machine, without TLS."""
    return settings.model_copy(update=LOCAL)


@pytest.fixture(scope="module")
def local_client(local: Settings) -> Iterator[TestClient]:
    """A client of an application with these settings."""
    with TestClient(create(local), raise_server_exceptions=False) as client:
        yield client


@pytest.fixture
def office(database: Database, local: Settings) -> Iterator[Office]:
    """The sender, and nobody's webhooks but the test's."""
    with Office.opened(database, local) as office:
        yield office


class Caller:
    """A customer's calls about webhooks."""

    def __init__(self, client: TestClient, customer: Customer) -> None:
        self._client, self._headers = client, customer.headers

    def __call__(self, method: str, path: str, body: Any = None, key: str | None = None, status: int = 200) -> Any:
        """The answer's JSON, if it has the status."""
        headers = self._headers | ({"Idempotency-Key": key} if key else {})
        answer = self._client.request(method, f"/v1/webhooks{path}", json=body, headers=headers)
        assert answer.status_code == status, answer.text
        return answer.json() if answer.content else None


@pytest.fixture
def call(local_client: TestClient, alice: Customer, office: Office) -> Caller:
    """Alice's calls."""
    return Caller(local_client, alice)


def test_a_job_that_ends_is_told_to_the_customers_server(
    call: Caller, client: TestClient, base: str, worker: Worker, office: Office, receiver: Receiver, alice: Customer
) -> None:
    """From POST /v1/webhooks to a verified message that names the job, and a log that says so."""
    made = call("POST", "", {"url": receiver.url}, status=201)
    job = Hands(client, base).generate(alice)
    worker.make_pictures(alice)
    office.deliver()
    (seen,) = receiver.requests
    payload = seen.verified(made["secret"])
    assert (payload["type"], payload["data"]["id"], payload["data"]["status"]) == (
        "job.succeeded",
        job["id"],
        "succeeded",
    )
    (delivery,) = call("GET", f"/{made['id']}/deliveries")["data"]
    assert (delivery["id"], delivery["job"], delivery["state"]) == (seen.id, job["id"], "delivered")
    assert (delivery["payload"], delivery["next_at"], delivery["webhook"]) == (payload, None, made["id"])
    (attempt,) = delivery["attempts"]
    assert (attempt["number"], attempt["status"], attempt["error"]) == (1, 200, None)


def test_a_secret_is_shown_once(call: Caller, receiver: Receiver) -> None:
    """By the call that made it and by that call's repetition; never by another."""
    body = {"url": receiver.url, "events": ["job.failed"], "description": "mine"}
    made = call("POST", "", body, key="k", status=201)
    assert made["secret"].startswith("whsec_")
    assert call("POST", "", body, key="k", status=201) == made
    shown = [
        call("GET", f"/{made['id']}"),
        call("GET", ""),
        call("PATCH", f"/{made['id']}", {"enabled": True}),
        call("POST", f"/{made['id']}/test", status=202),
        call("GET", f"/{made['id']}/deliveries"),
        call("POST", f"/{made['id']}/replay"),
    ]
    assert made["secret"] not in str(shown)
    assert "whsec_" not in str(shown)
    assert call("GET", f"/{made['id']}") == {key: value for key, value in made.items() if key != "secret"}


def test_a_rotation_happens_once_a_key(call: Caller, office: Office, receiver: Receiver) -> None:
    """Its repetition shows the same new secret; both secrets sign what is sent meanwhile."""
    made = call("POST", "", {"url": receiver.url}, status=201)
    rotated = call("POST", f"/{made['id']}/rotate", key="r")
    assert call("POST", f"/{made['id']}/rotate", key="r") == rotated
    assert rotated["secret"] != made["secret"]
    assert rotated["old_secret_until"] > rotated["secret_created_at"]
    call("POST", f"/{made['id']}/test", status=202)
    office.deliver()
    (seen,) = receiver.requests
    assert seen.verified(made["secret"]) == seen.verified(rotated["secret"])
    again = call("POST", f"/{made['id']}/rotate", {"keep_seconds": 0})
    assert again["old_secret_until"] is None


def test_a_test_message_is_sent_and_found(client: TestClient, call: Caller, office: Office, receiver: Receiver) -> None:
    """202 with its place; a repetition under the same key sends no second one."""
    made = call("POST", "", {"url": receiver.url, "events": ["batch.ended"]}, status=201)
    sent = call("POST", f"/{made['id']}/test", key="t", status=202)
    assert (sent["type"], sent["state"], sent["attempts"]) == ("ping", "pending", [])
    assert call("POST", f"/{made['id']}/test", key="t", status=202)["id"] == sent["id"]
    office.deliver()
    assert receiver.ids == [sent["id"]]
    found = call("GET", f"/{made['id']}/deliveries/{sent['id']}")
    assert (found["state"], len(found["attempts"])) == ("delivered", 1)


def test_what_was_given_up_is_listed_and_replayed(call: Caller, office: Office, receiver: Receiver) -> None:
    """One by one, or all since a time; each under its own id."""
    made = call("POST", "", {"url": receiver.url}, status=201)
    ids = [call("POST", f"/{made['id']}/test", status=202)["id"] for _ in range(3)]
    office.sql("UPDATE webhook_deliveries SET state = 'dead'")
    dead = call("GET", f"/{made['id']}/deliveries?state=dead&limit=2")
    assert ([one["id"] for one in dead["data"]], dead["has_more"]) == ([ids[2], ids[1]], True)
    rest = call("GET", f"/{made['id']}/deliveries?state=dead&after={dead['next']}")
    assert [one["id"] for one in rest["data"]] == [ids[0]]
    replayed = call("POST", f"/{made['id']}/deliveries/{ids[0]}/replay", key="one", status=202)
    assert (replayed["id"], replayed["state"]) == (ids[0], "pending")
    office.deliver()
    again = call("POST", f"/{made['id']}/deliveries/{ids[0]}/replay", key="one", status=202)
    assert again["state"] == "delivered"
    call("POST", f"/{made['id']}/replay", {"since": "2999-01-01T00:00:00Z"})
    assert office.deliver() == []
    call("POST", f"/{made['id']}/replay", {"since": "2026-01-01T00:00:00+02:00"}, key="all")
    office.deliver()
    assert sorted(receiver.ids) == sorted(ids)
    assert call("GET", f"/{made['id']}/deliveries?state=dead")["data"] == []


def test_a_disabled_webhook_is_sent_nothing(call: Caller, office: Office, receiver: Receiver) -> None:
    """409 for what would send something, until it is enabled again."""
    made = call("POST", "", {"url": receiver.url}, status=201)
    off = call("PATCH", f"/{made['id']}", {"enabled": False})
    assert (off["enabled"], off["disabled_reason"]) == (False, "client")
    for path in ("/test", "/replay"):
        assert call("POST", f"/{made['id']}{path}", status=409)["code"] == "webhook_disabled"
    on = call("PATCH", f"/{made['id']}", {"enabled": True})
    assert (on["enabled"], on["disabled_reason"]) == (True, None)
    call("POST", f"/{made['id']}/test", status=202)
    office.deliver()
    assert len(receiver.requests) == 1


def test_a_webhook_changes_and_goes(call: Caller, receiver: Receiver) -> None:
    """What is absent stays; after the deletion there is nothing of it."""
    made = call("POST", "", {"url": receiver.url, "description": "mine"}, status=201)
    changed = call("PATCH", f"/{made['id']}", {"events": ["job.failed"], "url": receiver.url + "&more"})
    assert (changed["events"], changed["url"], changed["description"]) == (
        ["job.failed"],
        receiver.url + "&more",
        "mine",
    )
    assert call("PATCH", f"/{made['id']}", {}) == changed
    assert [one["id"] for one in call("GET", "")["data"]] == [made["id"]]
    call("DELETE", f"/{made['id']}", status=204)
    call("GET", f"/{made['id']}", status=404)
    call("GET", f"/{made['id']}/deliveries", status=404)
    assert call("GET", "")["data"] == []


def test_a_tenant_has_as_many_webhooks_as_it_may_have(call: Caller, receiver: Receiver, local: Settings) -> None:
    """One more is refused, whatever else is right about it."""
    for _ in range(local.max_webhooks):
        call("POST", "", {"url": receiver.url}, status=201)
    refused = call("POST", "", {"url": receiver.url}, status=409)
    assert (refused["code"], refused["retryable"]) == ("too_many_webhooks", False)


@pytest.mark.parametrize(
    "url",
    [
        "http://8.8.8.8/",
        "https://127.0.0.1/",
        "https://localhost/",
        "https://127.1:8443/",
        "https://[::1]/",
        "https://[::ffff:10.0.0.1]/",
        "https://169.254.169.254/latest/meta-data",
        "https://100.64.0.1/",
        "https://user:word@example.com/",
        "https://example.com/#x",
        "https://",
    ],
)
def test_a_url_that_nothing_may_be_sent_to_is_refused(client: TestClient, alice: Customer, url: str) -> None:
    """422 that points to it, by default settings; and nothing is kept."""
    assert_problem(client.post("/v1/webhooks", json={"url": url}, headers=alice.headers), "/url")
    assert client.get("/v1/webhooks", headers=alice.headers).json()["data"] == []


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({}, "/url"),
        ({"url": 3}, "/url"),
        ({"url": "example.com"}, "/url"),
        ({"url": "https://exa mple.com/"}, "/url"),
        ({"url": "https://a/" + "x" * 2000}, "/url"),
        ({"url": "https://8.8.8.8/", "events": []}, "/events"),
        ({"url": "https://8.8.8.8/", "events": ["job.started"]}, "/events/0"),
        ({"url": "https://8.8.8.8/", "events": [1]}, "/events/0"),
        ({"url": "https://8.8.8.8/", "events": ["job.failed", "job.failed"]}, "/events"),
        ({"url": "https://8.8.8.8/", "description": "\0"}, "/description"),
        ({"url": "https://8.8.8.8/", "description": "x" * 201}, "/description"),
        ({"url": "https://8.8.8.8/", "secret": "whsec_mine"}, "/secret"),
    ],
)
def test_a_webhook_that_cannot_be_meant_is_refused(
    client: TestClient, alice: Customer, body: dict[str, Any], pointer: str
) -> None:
    """With a pointer to the fault."""
    assert_problem(client.post("/v1/webhooks", json=body, headers=alice.headers), pointer)


@pytest.mark.parametrize("since", ["yesterday", "2026-01-01", "2026-01-01T00:00:00", 1767225600, True])
def test_a_time_that_cannot_be_meant_is_refused(
    client: TestClient, call: Caller, alice: Customer, receiver: Receiver, since: Any
) -> None:
    """A time has a zone, and is a text."""
    made = call("POST", "", {"url": receiver.url}, status=201)
    answer = client.post(f"/v1/webhooks/{made['id']}/replay", json={"since": since}, headers=alice.headers)
    assert_problem(answer, "/since")


def test_neither_secret_nor_url_is_in_the_log(call: Caller, office: Office, receiver: Receiver) -> None:
    """A URL may carry a key of its own."""
    with structlog.testing.capture_logs() as logs:
        made = call("POST", "", {"url": receiver.url + "&key=private"}, status=201)
        call("POST", f"/{made['id']}/rotate")
        call("POST", f"/{made['id']}/test", status=202)
        office.deliver()
    assert logs
    assert not [word for word in ("whsec_", "private", "127.0.0.1") if word in repr(logs)]
