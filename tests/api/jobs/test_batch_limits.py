"""What a batch may not cost, and what is left of one that was not accepted: nothing."""

import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

import httpx
import psycopg
import pytest
from fastapi.testclient import TestClient
from sqlalchemy import func, select

from service.infra.database import Database
from service.jobs.dependencies import resolve_dependencies
from service.settings import Settings
from service.tables import Batch, Job, TenantLoad
from tests.api.conftest import Hands, Worker
from tests.api.jobs.batch_calls import Batches, jsonl, picture_line, training_line
from tests.api.live import process_and_client, server
from tests.api.outages import client_with, failing_commit, psycopg_url
from tests.conftest import Customer, new_customer

HEADERS = {"Content-Type": "application/jsonl"}


@pytest.fixture(scope="module")
def small(settings: Settings) -> Iterator[httpx.Client]:
    """A server of small batches, one at a time."""
    limits = {"max_batch_bytes": 20_000, "max_body_bytes": 2000, "max_batch_uploads": 1, "batch_upload_seconds": 2.0}
    with server(settings.model_copy(update=limits)) as client:
        yield client


def test_a_batch_that_is_too_large_is_refused_by_its_header_and_by_count(small: httpx.Client, alice: Customer) -> None:
    """413, before and while it comes."""
    for body in (b"x" * 20_001, (b"x" * 5000 for _ in range(5))):
        answer = small.post("/v1/batches", content=body, headers=alice.headers | HEADERS)
        assert (answer.status_code, answer.json()["code"]) == (413, "body_too_large")


def test_a_line_is_no_larger_than_a_request(small: httpx.Client, base: str, alice: Customer) -> None:
    """The line after the long one is read as if nothing had been there."""
    file = jsonl([picture_line("a" * 5000, base), picture_line("b", "nothing")])
    errors = small.post("/v1/batches", content=file, headers=alice.headers | HEADERS).json()["errors"]
    assert [(one["line"], one["code"]) for one in errors] == [(1, "line_too_long"), (2, "unknown_base")]


def slowly(started: threading.Event, seconds: float) -> Iterator[bytes]:
    """A body that takes its time; the server has given it a place well before `started` is set."""
    yield b"{"
    time.sleep(0.5)
    started.set()
    time.sleep(seconds - 0.5)
    yield b"}"


def test_who_sends_too_slowly_loses_the_place(small: httpx.Client, base: str, alice: Customer, bob: Customer) -> None:
    """While one comes in, another is told to come back; after two seconds the first is given up."""
    started = threading.Event()
    with ThreadPoolExecutor(1) as pool:
        slow = pool.submit(small.post, "/v1/batches", content=slowly(started, 3.0), headers=alice.headers | HEADERS)
        assert started.wait(10)
        busy = small.post("/v1/batches", content=b"{}", headers=bob.headers | HEADERS)
        assert (busy.status_code, busy.json()["code"], busy.headers["Retry-After"]) == (429, "too_many_uploads", "10")
        assert (slow.result(20).status_code, slow.result().json()["code"]) == (408, "body_timeout")
    file = jsonl([picture_line("one", base)])
    assert small.post("/v1/batches", content=file, headers=bob.headers | HEADERS).status_code == 202


def test_a_client_that_goes_away_leaves_its_place(small: httpx.Client, base: str, alice: Customer) -> None:
    """Half a body is no batch."""

    def broken() -> Iterator[bytes]:
        yield jsonl([picture_line("one", base)])
        raise ZeroDivisionError

    with suppress(ZeroDivisionError):
        small.post("/v1/batches", content=broken(), headers=alice.headers | HEADERS)
    file = jsonl([picture_line("two", base)])
    deadline = time.monotonic() + 10
    while (answer := small.post("/v1/batches", content=file, headers=alice.headers | HEADERS)).status_code == 429:
        assert time.monotonic() < deadline
        time.sleep(0.05)
    assert answer.status_code == 202
    assert len(small.get("/v1/batches", headers=alice.headers).json()["data"]) == 1


def test_nobody_without_a_key_has_a_body_read(small: httpx.Client) -> None:
    """401 while the body is still on its way."""
    answer = small.post("/v1/batches", content=b"x", headers={"Authorization": "Bearer svdiff_nobody"} | HEADERS)
    assert answer.status_code == 401


def test_a_batch_has_so_many_lines_and_no_more(settings: Settings, base: str, alice: Customer) -> None:
    """Blank lines count, so that a file of nothing else ends too."""
    with client_with(settings, max_batch_lines=2) as client:
        batches = Batches(client, alice)
        lines = [picture_line(name, base) for name in "abc"]
        assert batches.send(jsonl(lines)).json()["code"] == "too_many_lines"
        assert batches.send(b"\n" * 3).status_code == 413
        assert batches.send(jsonl(lines[:2])).status_code == 202


def test_a_tenants_waiting_lines_are_limited(
    client: TestClient, database: Database, settings: Settings, base: str
) -> None:
    """429 with Retry-After for a batch that does not fit as a whole; single jobs have a limit of their own."""
    customer = new_customer(
        database, settings.model_copy(update={"tenant_max_batch_pending": 3, "tenant_max_pending": 1})
    )
    batches = Batches(client, customer)
    lines = [picture_line(name, base) for name in "abcd"]
    refused = batches.send(jsonl(lines))
    assert (refused.status_code, refused.json()["code"]) == (429, "too_many_lines_pending")
    assert refused.headers["Retry-After"] == "60"
    batches.assert_nothing_exists()
    full = batches.create(lines[:3])
    assert batches.send(b"not even read").status_code == 429
    single = client.post("/v1/generations", json=lines[0]["body"], headers=customer.headers)
    assert single.status_code == 202
    client.post(f"/v1/batches/{full['id']}/cancel", headers=customer.headers)
    assert batches.send(jsonl(lines[:1]), key="k").status_code == 202


def test_a_repetition_is_answered_though_nothing_more_may_wait(
    client: TestClient, database: Database, settings: Settings, base: str
) -> None:
    """The batch that filled the limit is the one that is asked for again."""
    batches = Batches(client, new_customer(database, settings.model_copy(update={"tenant_max_batch_pending": 1})))
    file = jsonl([picture_line("one", base)])
    assert batches.send(file, key="k").json() == batches.send(file, key="k").json()


def test_a_failing_commit_leaves_nothing_of_a_batch(
    client: TestClient, settings: Settings, database: Database, base: str, alice: Customer
) -> None:
    """503 and no line, no batch, nothing counted; the same call succeeds once the commit does."""
    batches = Batches(client, alice)
    file = jsonl([picture_line("a", base), picture_line("b", base, prompt="fails at commit")])
    with failing_commit(settings):
        answer = batches.send(file, key="k")
        assert (answer.status_code, answer.headers["Retry-After"]) == (503, "2")
        batches.assert_nothing_exists()
    with database.engine() as session:
        assert session.scalars(select(TenantLoad.batch_pending).where(TenantLoad.tenant_id == alice.id)).one() == 0
    assert batches.send(file, key="k").status_code == 202


def test_an_api_process_that_is_killed_while_it_writes_leaves_nothing(
    settings: Settings, database: Database, base: str, alice: Customer
) -> None:
    """With kill -9 between the first row and the commit; the client tries again elsewhere under the same key."""
    file = jsonl([picture_line(f"p{i}", base) for i in range(20)])
    headers = alice.headers | HEADERS | {"Idempotency-Key": "k"}
    with (
        psycopg.connect(psycopg_url(settings.database_url)) as owner,
        process_and_client(settings) as (process, client),
    ):
        owner.execute("SELECT FROM tenant_loads WHERE tenant_id = %s FOR UPDATE", [alice.id])
        with ThreadPoolExecutor(1) as pool:
            upload = pool.submit(client.post, "/v1/batches", content=file, headers=headers)
            until_somebody_waits(owner)
            process.kill()
            with pytest.raises(httpx.TransportError):
                upload.result(30)
    with database.engine() as session:
        for table in (Job, Batch):
            assert session.scalar(select(func.count()).where(table.tenant_id == alice.id)) == 0
    with server(settings) as client:
        assert client.post("/v1/batches", content=file, headers=headers).status_code == 202


def until_somebody_waits(owner: "psycopg.Connection") -> None:
    """Until a transaction waits for the owner's."""
    deadline = time.monotonic() + 20
    query = "SELECT count(*) FROM pg_locks WHERE NOT granted AND pg_backend_pid() = ANY (pg_blocking_pids(pid))"
    while owner.execute(query).fetchone() == (0,):
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_a_shift_that_is_deleted_while_the_batch_is_written_is_missed_in_time(
    batches: Batches, hands: Hands, base: str, worker: Worker, alice: Customer, settings: Settings
) -> None:
    """The line was right when it was checked; before the commit it is not, and nothing is made."""
    hands.fine_tune(alice)
    shift_id = worker.make_shift(alice)
    file = jsonl([picture_line("one", base), picture_line("two", base, shifts=[{"id": shift_id}])])
    with psycopg.connect(psycopg_url(settings.database_url), autocommit=True) as owner:
        owner.execute(
            "CREATE FUNCTION lose() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN DELETE FROM shifts; RETURN NEW; END $$"
        )
        owner.execute("CREATE TRIGGER lose AFTER INSERT ON job_inputs FOR EACH ROW EXECUTE FUNCTION lose()")
        try:
            problem = batches.send(file).json()
        finally:
            owner.execute("DROP FUNCTION lose CASCADE")
    assert [(one["line"], one["custom_id"], one["code"]) for one in problem["errors"]] == [
        (2, "two", "unknown_reference")
    ]
    assert batches.send(file).status_code == 202, "the deletion was rolled back with the batch"


def test_what_a_batch_needs_is_not_deleted_under_it(
    batches: Batches, hands: Hands, worker: Worker, base: str, alice: Customer, database: Database
) -> None:
    """409 for a picture that a line trains on, and for a shift that a line uses."""
    image = hands.upload(alice)
    batches.create([training_line("train", hands, image), picture_line("use", base, shifts=[{"custom_id": "train"}])])
    assert batches.client.delete(f"/v1/images/{image}", headers=alice.headers).status_code == 409
    shift_id = worker.make_shift(alice)
    resolve_dependencies(database)
    refused = batches.client.delete(f"/v1/shifts/{shift_id}", headers=alice.headers)
    assert (refused.status_code, refused.json()["code"]) == (409, "in_use")
