"""A job's events as a client reads them: in order, without a gap, from where it left off."""

import asyncio
import json
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import httpx
import psycopg
import pytest
from fastapi.testclient import TestClient
from pydantic import SecretStr
from starlette.types import Message

from api.responses import event_stream
from api.responses.event_stream import EventStream, stream_events
from api.schemas.events import JobEvent
from api.streaming import hub as hub_module
from api.streaming.frames import KEEP_ALIVE
from api.streaming.hub import Hub
from api.streaming.open_streams import OpenStreams
from api.streaming.topic import MAX_FRAMES
from service.ids import from_wire, to_wire
from service.infra.broker import CHANGED, connect
from service.infra.database import Database
from service.jobs import ending
from service.jobs.attempt import record_progress
from service.local.stack import LocalStack
from service.settings import Settings
from tests.api.conftest import Hands, Worker, picture
from tests.api.live import server
from tests.api.outages import psycopg_url
from tests.conftest import Customer


@dataclass(frozen=True)
class Event:
    """One event as it came."""

    id: int
    name: str
    data: dict[str, Any]


def events(response: httpx.Response) -> Iterator[Event]:
    """The events of a stream, as a client of the standard parses them; each is one that the OpenAPI document has."""
    fields: dict[str, str] = {}
    for line in response.iter_lines():
        if line:
            name, _, value = line.partition(":")
            fields[name] = value.removeprefix(" ")
        elif "data" in fields:
            JobEvent.model_validate(fields | {"id": int(fields["id"])}, extra="forbid")
            yield Event(int(fields["id"]), fields["event"], json.loads(fields["data"]))
            fields = {}


def read_all(client: httpx.Client, job: str, headers: dict[str, str]) -> list[Event]:
    """Every event until the server ends the stream."""
    with client.stream("GET", f"/v1/jobs/{job}/events", headers=headers) as response:
        assert response.status_code == 200
        assert response.headers["Content-Type"].startswith("text/event-stream")
        return list(events(response))


def test_a_stream_tells_what_happens_and_ends_with_the_job(
    live: httpx.Client, hands: Hands, worker: Worker, alice: Customer
) -> None:
    """Opened while the job waits, it tells the claim, the progress and the end, each once."""
    job = hands.generate(alice)
    with live.stream("GET", f"/v1/jobs/{job['id']}/events", headers=alice.headers) as response:
        stream = events(response)
        seen = [next(stream)]
        work = threading.Thread(target=worker.make_pictures, args=(alice,))
        work.start()
        seen += list(stream)
        work.join()
    assert [event.id for event in seen] == [1, 2, 3]
    assert [event.name for event in seen] == ["queued", "running", "succeeded"]
    assert seen[1].data["attempt"] == 1
    for event in seen:
        assert event.data["job"] == job["id"]
        assert event.data["created_at"].endswith("Z")


def test_a_reader_resumes_behind_the_last_event_it_saw(
    live: httpx.Client, hands: Hands, worker: Worker, alice: Customer
) -> None:
    """Any Last-Event-ID gets exactly the rest; after the last one there is nothing to stay for."""
    job = hands.generate(alice)
    worker.make_pictures(alice)
    whole = read_all(live, job["id"], alice.headers)
    for last in (0, 1, 2):
        assert read_all(live, job["id"], alice.headers | {"Last-Event-ID": str(last)}) == whole[last:]
    for last in (3, 99):
        url, headers = f"/v1/jobs/{job['id']}/events", alice.headers | {"Last-Event-ID": str(last)}
        assert live.get(url, headers=headers).status_code == 204


def test_a_reader_ahead_of_the_job_still_sees_its_end(
    live: httpx.Client, client: TestClient, hands: Hands, alice: Customer
) -> None:
    """A Last-Event-ID that no event has is read as the last one there is."""
    job = hands.generate(alice)
    headers = alice.headers | {"Last-Event-ID": "99"}
    with live.stream("GET", f"/v1/jobs/{job['id']}/events", headers=headers) as response:
        client.post(f"/v1/jobs/{job['id']}/cancel", headers=alice.headers)
        assert [(event.id, event.name) for event in events(response)] == [(2, "canceled")]


def test_a_stream_survives_a_restart_of_the_api(
    settings: Settings, live: httpx.Client, client: TestClient, hands: Hands, alice: Customer
) -> None:
    """An open stream does not keep a process from stopping, and what happened meanwhile is told by the next."""
    job = hands.generate(alice)
    with server(settings) as first:
        stream = first.stream("GET", f"/v1/jobs/{job['id']}/events", headers=alice.headers)
        last = next(events(stream.__enter__())).id
        begun = time.monotonic()
    assert time.monotonic() - begun < 10
    client.post(f"/v1/jobs/{job['id']}/cancel", headers=alice.headers)
    rest = read_all(live, job["id"], alice.headers | {"Last-Event-ID": str(last)})
    assert [(event.id, event.name) for event in rest] == [(2, "canceled")]


def test_streams_hold_no_connection_to_the_database(
    live: httpx.Client, client: TestClient, hands: Hands, settings: Settings, alice: Customer
) -> None:
    """Forty open streams, more than the pool has connections, and other requests are served as before."""
    job = hands.generate(alice)
    url = f"/v1/jobs/{job['id']}/events"
    streams = [live.stream("GET", url, headers=alice.headers) for _ in range(40)]
    readers = [events(stream.__enter__()) for stream in streams]
    assert {next(reader).name for reader in readers} == {"queued"}
    with psycopg.connect(psycopg_url(settings.database_url)) as owner:
        row = owner.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND state LIKE 'idle in trans%'"
        ).fetchone()
    assert row == (0,)
    assert live.get("/v1/jobs", headers=alice.headers).status_code == 200
    client.post(f"/v1/jobs/{job['id']}/cancel", headers=alice.headers)
    assert {next(reader).name for reader in readers} == {"canceled"}
    for stream in streams:
        stream.__exit__(None, None, None)


LINK = "http://store/{}".format  # what a key of the store becomes


async def take(hub: Hub, job: dict[str, Any], count: int, seen: int = 1) -> list[str]:
    """So many pieces of the text of a job's stream."""
    taken: list[str] = []
    async for piece in stream_events(hub, uuid(job), seen, seen, []):
        taken.append(piece.decode())
        if len(taken) == count:
            break
    return taken


def uuid(job: dict[str, Any]) -> UUID:
    """The job's id in the database."""
    job_id = from_wire("job", job["id"])
    assert job_id
    return job_id


@pytest.fixture
def hub(settings: Settings, database: Database) -> Iterator[Hub]:
    """A hub of its own."""
    hub = Hub(settings, database, LINK)
    yield hub
    hub.close()


def test_a_quiet_stream_is_kept_alive(monkeypatch: pytest.MonkeyPatch, hub: Hub, hands: Hands, alice: Customer) -> None:
    """A comment in each pause, so that no proxy takes the silence for an end."""
    monkeypatch.setattr(event_stream, "KEEP_ALIVE_SECONDS", 0.05)
    assert asyncio.run(take(hub, hands.generate(alice), 3)) == [KEEP_ALIVE.decode()] * 3


def test_the_broker_wakes_the_streams(
    monkeypatch: pytest.MonkeyPatch,
    settings: Settings,
    database: Database,
    client: TestClient,
    hands: Hands,
    alice: Customer,
) -> None:
    """A hub that would look by itself once a minute tells of a cancel at once."""
    monkeypatch.setattr(hub_module, "POLL_SECONDS", 60.0)
    broker, job = connect(settings), hands.generate(alice)
    listeners = broker.pubsub_numsub(CHANGED)[0][1]
    hub = Hub(settings, database, LINK)
    wait_for(lambda: broker.pubsub_numsub(CHANGED)[0][1] > listeners)

    async def cancel_and_take() -> list[str]:
        reader = asyncio.create_task(take(hub, job, 1))
        await asyncio.sleep(0.1)
        await asyncio.to_thread(client.post, f"/v1/jobs/{job['id']}/cancel", headers=alice.headers)
        return await asyncio.wait_for(reader, 10)

    assert "event: canceled" in asyncio.run(cancel_and_take())[0]
    closing = threading.Thread(target=hub.close)
    closing.start()
    broker.publish(CHANGED, "")
    closing.join()


def test_without_a_broker_the_streams_look_each_second(
    settings: Settings, database: Database, client: TestClient, hands: Hands, alice: Customer
) -> None:
    """A cancel is told although no note of it can arrive."""
    hub = Hub(settings.model_copy(update={"broker_url": SecretStr("redis://127.0.0.1:9/0")}), database, LINK)
    job = hands.generate(alice)
    client.post(f"/v1/jobs/{job['id']}/cancel", headers=alice.headers)
    told = asyncio.run(asyncio.wait_for(take(hub, job, 1), 10))
    assert told[0].startswith("id: 2\nevent: canceled\ndata: {")
    hub.close()


@pytest.mark.parametrize("listening", [True, False])
def test_with_a_paused_broker_the_streams_look_each_second(
    settings: Settings,
    database: Database,
    local_stack: LocalStack,
    hands: Hands,
    worker: Worker,
    alice: Customer,
    listening: bool,  # noqa: FBT001 — a parameter of the test
) -> None:
    """Whether it froze under an open subscription or takes in connections that it never answers."""
    hands.generate(alice)
    taken = worker.claim(alice)
    hub = Hub(settings, database, LINK) if listening else None
    with paused_broker(local_stack):
        hub = hub or Hub(settings, database, LINK)
        looks = []
        for step in range(3):
            tell(database, taken, 1)
            begun = time.monotonic()
            asyncio.run(take(hub, {"id": to_wire("job", taken.job_id)}, 1, seen=2 + step))
            looks.append(time.monotonic() - begun)
    hub.close()
    assert max(looks) < 1.9


def test_a_stream_survives_a_restart_of_every_server(
    settings: Settings,
    database: Database,
    local_stack: LocalStack,
    hub: Hub,
    hands: Hands,
    worker: Worker,
    alice: Customer,
) -> None:
    """The connections to the database are cut, the broker goes and comes back: one stream tells all of it."""
    hands.generate(alice)
    taken = worker.claim(alice)
    (broker,) = (server for server in local_stack.servers if server.name == "valkey")

    def cut_connections() -> None:
        with psycopg.connect(psycopg_url(settings.database_url), autocommit=True) as owner:
            owner.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE usename LIKE 'svdiff%' AND datname = current_database()"
            )

    async def through_it_all() -> list[int]:
        seen: list[int] = []
        disturbances = iter((cut_connections, broker.stop, broker.start))
        async for piece in stream_events(hub, taken.job_id, 0, 0, []):
            seen += numbers(piece)
            if seen[-1] == 5:
                break
            if seen[-1] >= 2:
                await asyncio.to_thread(next(disturbances))
                await asyncio.to_thread(tell, database, taken, 1)
        return seen

    try:
        assert asyncio.run(asyncio.wait_for(through_it_all(), 30)) == [1, 2, 3, 4, 5]
    finally:
        broker.start()


def test_a_link_is_made_once_however_many_read(
    settings: Settings, database: Database, worker: Worker, hands: Hands, alice: Customer
) -> None:
    """An event is encoded by the hub, and all who follow the job get the same text."""
    linked: list[str] = []

    def link(key: str) -> str:
        linked.append(key)
        return LINK(key)

    hub = Hub(settings, database, link)
    job = hands.fine_tune(alice)
    taken = worker.claim(alice)

    async def read() -> list[list[str]]:
        readers = [asyncio.create_task(take(hub, job, 1, seen=2)) for _ in range(10)]
        await asyncio.sleep(0.1)
        await asyncio.to_thread(worker.draw_sample, taken, 3)
        return await asyncio.wait_for(asyncio.gather(*readers), 10)

    told = asyncio.run(read())
    hub.close()
    assert len(linked) == 1
    assert {tuple(pieces) for pieces in told} == {tuple(told[0])}
    assert linked[0] not in told[0][0].replace(LINK(linked[0]), "")


def test_a_reader_that_falls_behind_reads_on_from_the_database(
    hub: Hub, database: Database, hands: Hands, worker: Worker, alice: Customer
) -> None:
    """More happens than the hub remembers while a reader is slow: it sees all of it in order, on the same stream."""
    hands.generate(alice)
    taken = worker.claim(alice)
    told = 3 * MAX_FRAMES + 5

    async def slowly() -> list[int]:
        seen: list[int] = []
        async for piece in stream_events(hub, taken.job_id, 0, 0, []):
            seen += numbers(piece)
            if len(seen) == 2:
                await asyncio.to_thread(tell, database, taken, told)
                await asyncio.sleep(1.5)
            if seen[-1] == told + 2:
                break
        return seen

    assert asyncio.run(asyncio.wait_for(slowly(), 30)) == list(range(1, told + 3))


def test_a_long_history_is_read_in_pages(
    live: httpx.Client, database: Database, hands: Hands, worker: Worker, alice: Customer
) -> None:
    """No request loads all of it, and the reader notices nothing."""
    job = hands.generate(alice)
    taken = worker.claim(alice)
    tell(database, taken, 3 * MAX_FRAMES)
    with database.tenant(alice.id) as scope:
        ending.fail(scope, taken, {"code": "test", "detail": "Over.", "retryable": False})
    assert [event.id for event in read_all(live, job["id"], alice.headers)] == list(range(1, 3 * MAX_FRAMES + 4))


def test_a_reader_that_takes_nothing_is_dropped(
    monkeypatch: pytest.MonkeyPatch, settings: Settings, hub: Hub, hands: Hands, alice: Customer
) -> None:
    """Its connection is given up after a while, and its place is free for another."""
    monkeypatch.setattr(event_stream, "SLOW_SECONDS", 0.1)
    monkeypatch.setattr(event_stream, "KEEP_ALIVE_SECONDS", 0.01)
    streams = OpenStreams(settings.model_copy(update={"tenant_max_event_streams": 1}))
    job_id = uuid(hands.generate(alice))

    async def forever() -> Message:
        future: asyncio.Future[Message] = asyncio.get_running_loop().create_future()
        return await future

    async def receive() -> Message:
        return await forever()

    async def send(message: Message) -> None:
        if message["type"] == "http.response.body":
            await forever()

    async def stream_twice() -> None:
        for _ in range(2):
            stream = EventStream(stream_events(hub, job_id, 1, 1, []), streams, alice.id)
            await asyncio.wait_for(stream({"type": "http"}, receive, send), 5)

    asyncio.run(stream_twice())


@pytest.mark.parametrize(
    ("most", "status", "code"),
    [
        ({"tenant_max_event_streams": 2}, 429, "too_many_streams"),
        ({"max_event_streams": 2}, 503, "stream_limit_reached"),
    ],
)
def test_only_so_many_streams_are_open(
    settings: Settings, hands: Hands, alice: Customer, most: dict[str, int], status: int, code: str
) -> None:
    """One more is told when to come back; as soon as a reader goes, another may come."""
    url = f"/v1/jobs/{hands.generate(alice)['id']}/events"
    with server(settings.model_copy(update=most)) as api:
        streams = [api.stream("GET", url, headers=alice.headers) for _ in range(2)]
        readers = [events(stream.__enter__()) for stream in streams]
        assert [next(reader).id for reader in readers] == [1, 1]
        refused = api.get(url, headers=alice.headers)
        assert (refused.status_code, refused.json()["code"], refused.json()["retryable"]) == (status, code, True)
        assert refused.headers["Retry-After"] == "10"
        assert api.get("/v1/jobs", headers=alice.headers).status_code == 200
        streams.pop().__exit__(None, None, None)
        wait_for(lambda: opened(api, url, alice))
        streams.pop().__exit__(None, None, None)


def opened(api: httpx.Client, url: str, customer: Customer) -> bool:
    """Whether a stream of the job can be opened now."""
    with api.stream("GET", url, headers=customer.headers) as stream:
        return stream.status_code == 200


def test_a_sample_is_told_with_links_that_work(
    live: httpx.Client, client: TestClient, hands: Hands, worker: Worker, alice: Customer
) -> None:
    """In the stream and in the job, each link new, and nothing of where the store keeps the picture."""
    job = hands.fine_tune(alice)
    taken = worker.claim(alice)
    worker.draw_sample(taken, 3)
    worker.draw_sample(taken, 6)
    with live.stream("GET", f"/v1/jobs/{job['id']}/events", headers=alice.headers) as response:
        stream = events(response)
        told = [next(stream) for _ in range(4)]
    assert [(event.id, event.name) for event in told[2:]] == [(3, "sample"), (4, "sample")]
    image = told[2].data["images"][0]
    assert image.keys() == {"id", "prompt", "seed", "width", "height", "url"}
    assert told[2].data["step"] == 3
    shown = client.get(f"/v1/jobs/{job['id']}", headers=alice.headers).json()["samples"]
    assert [sample["step"] for sample in shown] == [3, 6]
    assert shown[0]["images"][0] | {"url": ""} == image | {"url": ""}
    for url in (image["url"], shown[0]["images"][0]["url"]):
        assert httpx.get(url).content == picture("green")
    listed = client.get("/v1/jobs", headers=alice.headers).json()["data"]
    assert [one["samples"] for one in listed] == [None]


def numbers(piece: bytes) -> list[int]:
    """The ids of the events in a piece of a stream's text."""
    return [int(line[4:]) for line in piece.decode().splitlines() if line.startswith("id: ")]


@contextmanager
def paused_broker(local_stack: LocalStack) -> Iterator[None]:
    """A broker that takes everything in and answers nothing."""
    (broker,) = (server for server in local_stack.servers if server.name == "valkey")
    assert broker.pid
    os.kill(broker.pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(broker.pid, signal.SIGCONT)


def wait_for(condition: Callable[[], bool]) -> None:
    """Return once the condition holds."""
    deadline = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def tell(database: Database, taken: Any, count: int) -> None:
    """So many progress events in one transaction."""
    with database.tenant(taken.tenant_id) as scope:
        for step in range(count):
            record_progress(scope, taken, phase="sampling", step=step, steps=count, data={})
