"""`Prefer: wait=N`: who waits, what the wait holds, and what its client is told in the end."""

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import httpx
import psycopg
import pytest
from fastapi.testclient import TestClient
from pydantic import SecretStr

from api.dependencies.prefer import MAX_SECONDS, seconds_to_wait
from service.local.stack import LocalStack
from service.settings import Settings
from tests.api.conftest import Hands, Worker, picture
from tests.api.jobs.test_events import opened, paused_broker, wait_for
from tests.api.live import server
from tests.api.outages import failing_commit, psycopg_url
from tests.conftest import Customer


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ([], 0),
        (["wait=10"], 10),
        (["respond-async, wait=10"], 10),
        (["respond-async", "WAIT = 7"], 7),
        (['wait="3"'], 3),
        (["wait=5; strict, wait=9"], 5),
        (["wait=600"], MAX_SECONDS),
        (["wait=x, wait=4"], 4),
        (["wait"], 0),
        (["wait=-1"], 0),
        (["wait=0"], 0),
        (["waiter=9"], 0),
    ],
)
def test_the_first_readable_wait_counts(headers: list[str], seconds: int) -> None:
    """As RFC 7240 writes preferences; what cannot be read is no preference, and no error."""
    assert seconds_to_wait(headers) == seconds


def ask(api: httpx.Client | TestClient, hands: Hands, customer: Customer, wait: int, **headers: str) -> Any:
    """A generation whose client prefers to wait."""
    body = {"base": hands.base, "prompt": "a photo of a cat", "seed": 7}
    return api.post("/v1/generations", json=body, headers=customer.headers | {"Prefer": f"wait={wait}"} | headers)


@contextmanager
def meanwhile(work: Callable[[Customer], object], hands: Hands, customer: Customer) -> Iterator[None]:
    """Another thread does this to the customer's job, a little after it was accepted."""

    def later() -> None:
        wait_for(lambda: bool(jobs(hands.client, customer)))
        time.sleep(0.3)
        work(customer)

    thread = threading.Thread(target=later)
    thread.start()
    yield
    thread.join()


def jobs(api: httpx.Client | TestClient, customer: Customer) -> list[str]:
    """The ids of the customer's jobs that wait."""
    url = "/v1/jobs?limit=100&status=queued"
    return [job["id"] for job in api.get(url, headers=customer.headers).json()["data"]]


def test_a_job_that_ends_in_time_is_answered_whole(
    live: httpx.Client, hands: Hands, worker: Worker, alice: Customer
) -> None:
    """200 with what GET would show, its links working, long before the time is over."""
    begun = time.monotonic()
    with meanwhile(worker.make_pictures, hands, alice):
        answer = ask(live, hands, alice, 30)
    assert time.monotonic() - begun < 15
    job = answer.json()
    assert (answer.status_code, job["status"]) == (200, "succeeded")
    assert answer.headers["Preference-Applied"] == "wait=30"
    assert answer.headers["Location"] == f"/v1/jobs/{job['id']}"
    assert httpx.get(job["result"]["images"][0]["url"]).content == picture("blue")
    shown = live.get(answer.headers["Location"], headers=alice.headers).json()
    for one in (job, shown):
        one["result"]["images"][0]["url"] = ""
    assert job == shown


def test_a_job_that_fails_in_time_is_answered_too(
    live: httpx.Client, hands: Hands, worker: Worker, alice: Customer
) -> None:
    """The call did what it was asked to; the job's error is in the job."""
    with meanwhile(worker.fail, hands, alice):
        answer = ask(live, hands, alice, 30)
    assert (answer.status_code, answer.json()["status"], answer.json()["error"]["code"]) == (200, "failed", "test")


def test_a_job_that_takes_longer_is_a_202(live: httpx.Client, hands: Hands, alice: Customer) -> None:
    """The usual answer, once the time is over."""
    begun = time.monotonic()
    answer = ask(live, hands, alice, 1)
    assert 1 <= time.monotonic() - begun < 8
    assert (answer.status_code, answer.json()["status"]) == (202, "queued")
    assert "Preference-Applied" not in answer.headers
    assert live.get(answer.headers["Location"], headers=alice.headers).status_code == 200


def test_a_repeated_call_waits_for_the_same_job(
    live: httpx.Client, hands: Hands, worker: Worker, alice: Customer
) -> None:
    """Under its Idempotency-Key: while the job runs, and at once after its end; without the preference it is a 202."""
    key = {"Idempotency-Key": "k"}
    job = ask(live, hands, alice, 0, **key).json()["id"]
    with meanwhile(worker.make_pictures, hands, alice):
        second = ask(live, hands, alice, 30, **key)
    begun = time.monotonic()
    third = ask(live, hands, alice, 30, **key)
    assert time.monotonic() - begun < 5
    for answer in (second, third):
        assert (answer.status_code, answer.json()["id"], answer.json()["status"]) == (200, job, "succeeded")
    assert ask(live, hands, alice, 0, **key).status_code == 202


def test_fine_tunes_can_be_waited_for(live: httpx.Client, hands: Hands, worker: Worker, alice: Customer) -> None:
    """The same preference on the other route that makes jobs."""
    body = hands.fine_tune_body(hands.upload(alice))
    with meanwhile(worker.make_shift, hands, alice):
        answer = live.post("/v1/fine-tunes", json=body, headers=alice.headers | {"Prefer": "wait=30"})
    assert (answer.status_code, answer.json()["status"], answer.json()["samples"]) == (200, "succeeded", [])


def test_waits_hold_neither_threads_nor_connections(
    live: httpx.Client, hands: Hands, settings: Settings, alice: Customer
) -> None:
    """Sixty wait, more than there are threads and connections; their jobs are committed, and others are served."""
    with ThreadPoolExecutor(60) as pool:
        waiting = [pool.submit(ask, live, hands, alice, 60) for _ in range(60)]
        wait_for(lambda: len(jobs(live, alice)) == 60)
        with psycopg.connect(psycopg_url(settings.database_url)) as owner:
            row = owner.execute(
                "SELECT count(*) FROM pg_stat_activity"
                " WHERE datname = current_database() AND state LIKE 'idle in trans%'"
            ).fetchone()
        assert row == (0,)
        assert not any(call.done() for call in waiting)
        for job_id in jobs(live, alice):
            live.post(f"/v1/jobs/{job_id}/cancel", headers=alice.headers)
        assert {call.result().status_code for call in waiting} == {200}


@pytest.mark.parametrize("paused", [True, False])
def test_a_wait_ends_without_a_broker(
    settings: Settings,
    local_stack: LocalStack,
    hands: Hands,
    worker: Worker,
    alice: Customer,
    paused: bool,  # noqa: FBT001 — a parameter of the test
) -> None:
    """Refused or paused: the end is seen within about a second."""
    if not paused:
        settings = settings.model_copy(update={"broker_url": SecretStr("redis://127.0.0.1:9/0")})
    with server(settings) as api:
        begun = time.monotonic()
        if paused:
            with paused_broker(local_stack), meanwhile(worker.make_pictures, hands, alice):
                answer = ask(api, hands, alice, 30)
        else:
            with meanwhile(worker.make_pictures, hands, alice):
                answer = ask(api, hands, alice, 30)
    assert answer.status_code == 200
    assert time.monotonic() - begun < 15


def test_a_client_that_goes_frees_its_place(settings: Settings, hands: Hands, alice: Customer) -> None:
    """While one waits in the only place another is answered at once, and a stream is refused; not so afterwards."""
    with server(settings.model_copy(update={"tenant_max_event_streams": 1})) as api:
        begun = time.monotonic()
        going = threading.Thread(target=leave, args=(api, hands, alice))
        going.start()
        wait_for(lambda: bool(jobs(api, alice)))
        time.sleep(0.5)
        url = f"/v1/jobs/{jobs(api, alice)[0]}/events"
        assert not opened(api, url, alice)
        assert ask(api, hands, alice, 30).status_code == 202
        going.join()
        wait_for(lambda: opened(api, url, alice))
        assert time.monotonic() - begun < 20


def leave(api: httpx.Client, hands: Hands, customer: Customer) -> None:
    """Wait, and lose patience."""
    with pytest.raises(httpx.ReadTimeout), httpx.Client(base_url=api.base_url, timeout=3) as impatient:
        ask(impatient, hands, customer, 60)


def test_a_process_that_stops_tells_its_waiting_clients_of_their_jobs(
    settings: Settings, live: httpx.Client, hands: Hands, alice: Customer
) -> None:
    """SIGTERM in the middle of a wait: the 202 of a job that is there, not a broken connection."""
    with ThreadPoolExecutor(1) as pool:
        with server(settings) as api:
            patient = httpx.Client(base_url=api.base_url, timeout=60)
            waiting = pool.submit(ask, patient, hands, alice, 60)
            wait_for(lambda: bool(jobs(live, alice)))
            time.sleep(0.5)
        answer = waiting.result(10)
        patient.close()
    assert (answer.status_code, answer.json()["status"]) == (202, "queued")
    assert live.get(answer.headers["Location"], headers=alice.headers).status_code == 200


def test_a_failing_commit_is_told_before_any_wait(
    client: TestClient, hands: Hands, settings: Settings, alice: Customer
) -> None:
    """503 at once: there is no job to wait for."""
    body, headers = {"base": hands.base, "prompt": "fails at commit"}, alice.headers | {"Prefer": "wait=30"}
    begun = time.monotonic()
    with failing_commit(settings):
        answer = client.post("/v1/generations", json=body, headers=headers)
    assert (answer.status_code, time.monotonic() - begun < 5) == (503, True)
