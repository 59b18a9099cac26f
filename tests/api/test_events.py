"""A job's events as a client reads them: in order, without a gap, from where it left off."""

import asyncio
import json
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import httpx
import psycopg
import pytest
from fastapi.testclient import TestClient
from pydantic import SecretStr

from api import hub as hub_module
from api.event_stream import KEEP_ALIVE, frames
from api.hub import WAITING_EVENTS, Hub
from service.broker import CHANGED, connect
from service.database import Database
from service.ids import from_wire
from service.jobs.lease import report
from service.settings import Settings
from tests.api.conftest import Hands, Worker
from tests.api.live import server
from tests.api.test_outages import plain
from tests.conftest import Customer


@dataclass(frozen=True)
class Event:
    """One event as it came."""

    id: int
    name: str
    data: dict[str, Any]


def events(response: httpx.Response) -> Iterator[Event]:
    """The events of a stream, as a client of the standard parses them."""
    fields: dict[str, str] = {}
    for line in response.iter_lines():
        if line:
            name, _, value = line.partition(":")
            fields[name] = value.removeprefix(" ")
        elif "data" in fields:
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
    with psycopg.connect(plain(settings.database_url)) as owner:
        row = owner.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND state LIKE 'idle in trans%'"
        ).fetchone()
    assert row == (0,)
    assert live.get("/v1/jobs", headers=alice.headers).status_code == 200
    client.post(f"/v1/jobs/{job['id']}/cancel", headers=alice.headers)
    assert {next(reader).name for reader in readers} == {"canceled"}
    for stream in streams:
        stream.__exit__(None, None, None)


async def take(hub: Hub, job: dict[str, Any], count: int, seen: int = 1) -> list[str]:
    """So many pieces of the text of a job's stream."""
    job_id = from_wire("job", job["id"])
    assert job_id
    taken: list[str] = []
    async for text in frames(hub, job_id, seen, []):
        taken.append(text)
        if len(taken) == count:
            break
    return taken


def test_a_quiet_stream_is_kept_alive(
    monkeypatch: pytest.MonkeyPatch, settings: Settings, database: Database, hands: Hands, alice: Customer
) -> None:
    """A comment in each pause, so that no proxy takes the silence for an end."""
    monkeypatch.setattr(hub_module, "KEEP_ALIVE_SECONDS", 0.05)
    hub = Hub(settings, database)
    assert asyncio.run(take(hub, hands.generate(alice), 3)) == [KEEP_ALIVE] * 3
    hub.close()


def test_the_broker_wakes_the_streams(
    monkeypatch: pytest.MonkeyPatch,
    settings: Settings,
    database: Database,
    client: TestClient,
    hands: Hands,
    alice: Customer,
) -> None:
    """A hub that would look by itself once a minute tells of a cancel at once."""
    monkeypatch.setattr(hub_module, "PATIENCE_SECONDS", 60.0)
    broker, job = connect(settings), hands.generate(alice)
    listeners = broker.pubsub_numsub(CHANGED)[0][1]
    hub = Hub(settings, database)
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
    hub = Hub(settings.model_copy(update={"broker_url": SecretStr("redis://127.0.0.1:9/0")}), database)
    job = hands.generate(alice)
    client.post(f"/v1/jobs/{job['id']}/cancel", headers=alice.headers)
    told = asyncio.run(asyncio.wait_for(take(hub, job, 1), 10))
    assert told[0].startswith("id: 2\nevent: canceled\ndata: {")
    hub.close()


def test_a_slow_reader_is_dropped_and_resumes(
    settings: Settings, database: Database, hands: Hands, worker: Worker, alice: Customer
) -> None:
    """It gets what its bounded queue held, in order, and then the end; the rest comes behind its last event."""
    job = hands.generate(alice)
    taken = worker.claim(alice)
    hub = Hub(settings, database)
    total = WAITING_EVENTS + 40

    async def slowly() -> tuple[list[int], list[int]]:
        with hub.watch(taken.job_id, 0) as watcher:
            await asyncio.to_thread(tell, database, taken, total - 2)
            await asyncio.to_thread(wait_for, lambda: watcher.seq == total)
            first = [event.seq async for event in watcher.events() if event]
        with hub.watch(taken.job_id, first[-1]) as watcher:
            rest = []
            async for event in watcher.events():
                rest.append(event.seq if event else 0)
                if rest[-1] == total:
                    break
        return first, rest

    first, rest = asyncio.run(asyncio.wait_for(slowly(), 30))
    hub.close()
    assert first + rest == list(range(1, total + 1))
    assert len(first) == WAITING_EVENTS
    assert job["id"]


def wait_for(condition: Callable[[], bool]) -> None:
    """Return once the condition holds."""
    while not condition():
        time.sleep(0.02)


def tell(database: Database, taken: Any, count: int) -> None:
    """So many progress events in one transaction."""
    with database.tenant(taken.tenant_id) as scope:
        for step in range(count):
            report(scope, taken, phase="sampling", step=step, steps=count, data={})
