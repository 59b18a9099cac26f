"""Many readers of events on one API process: does each see every event, how soon, and what does it cost in memory?

    python -m bench.sse_readers --out bench/results/sse_readers.csv

Real servers in a temporary folder, one uvicorn process, no worker: a writer plays the workers through the engine's own
functions. Every reader of a job checks that the ids come one by one from 1 to the job's last event. Some readers stop
reading while their job tells a lot: the server drops them, and they resume by Last-Event-ID, as every reader does
that loses its connection. With --restart the API is killed and started again in the middle.
"""

import argparse
import asyncio
import csv
import json
import statistics
import time
from collections.abc import Iterator, Sequence
from contextlib import AsyncExitStack, closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bench.api_process import BASE, Api, Customer, api, customers, migrated, servers
from bench.event_writer import Writer
from bench.wire import Connection, Pool, connection

TENANTS = 10
OK = 200
LEAST_WAIT = 0.5
FILLER = 4000  # bytes that make the events of a burst long, so that buffers fill
SETTLE_SECONDS = 3.0
PATIENCE_SECONDS = 300.0
CONNECTING = 50  # readers that connect at a time
SMALL_BUFFER = 4096  # of a slow reader's socket, in bytes: what it does not read soon waits at the server


@dataclass
class Reading:
    """What one reader saw: ids must come one by one; `late` are the seconds from the writing of live events."""

    job: str
    key: str
    last: int = 0
    ended: bool = False
    gaps: int = 0
    repeats: int = 0
    connects: int = 0
    refused: int = 0
    late: list[float] = field(default_factory=list)

    def see(self, number: int, kind: str, data: dict[str, Any], now: float) -> None:
        """Note an event."""
        if number <= self.last:
            self.repeats += 1
            return
        self.gaps += number != self.last + 1
        self.last, self.ended = number, kind in {"succeeded", "failed", "canceled", "expired"}
        if data.get("at"):
            self.late.append(now - data["at"])

    def complete(self, events: int) -> bool:
        """Whether it saw the job's history to the end, each event once and in order."""
        return self.ended and self.last == events and not (self.gaps or self.repeats)


def frames(text: bytes) -> Iterator[tuple[int, str, dict[str, Any]]]:
    """The events in some whole frames: (id, name, data); comments are passed over."""
    for block in text.decode().split("\n\n"):
        fields = dict(line.split(": ", 1) for line in block.split("\n") if line and not line.startswith(":"))
        if "data" in fields:
            yield int(fields["id"]), fields["event"], json.loads(fields["data"])


class Readers:
    """All readers of one API process."""

    def __init__(self, process: Api, readings: Sequence[Reading], slow: Sequence[Reading]) -> None:
        self.readings = [*readings, *slow]
        self.connected = 0
        self.awake = asyncio.Event()  # until then, slow readers read nothing but the head of the answer
        self._process = process
        self._slow = {id(reading) for reading in slow}
        self._connecting = asyncio.Semaphore(CONNECTING)

    async def follow(self, reading: Reading) -> None:
        """Read the job's events to the end, however often the connection is lost on the way."""
        while not reading.ended:
            try:
                await self._connect(reading)
            except (OSError, asyncio.IncompleteReadError):
                await asyncio.sleep(LEAST_WAIT)

    async def _connect(self, reading: Reading) -> None:
        slow = id(reading) in self._slow and not self.awake.is_set()
        options = {"limit": SMALL_BUFFER, "receive_buffer": SMALL_BUFFER} if slow else {}
        headers = {"Authorization": f"Bearer {reading.key}", "Last-Event-ID": str(reading.last)}
        async with AsyncExitStack() as stack:
            async with self._connecting:
                line = await stack.enter_async_context(connection(self._process.host, self._process.port, **options))
                head = await line.ask("GET", f"/v1/jobs/{reading.job}/events", headers)
            if head.status != OK:
                reading.refused += 1
                await asyncio.sleep(float(head.headers.get("retry-after", LEAST_WAIT)))
                return
            await self._read(reading, line, slow=slow)

    async def _read(self, reading: Reading, line: Connection, *, slow: bool) -> None:
        reading.connects += 1
        self.connected += 1
        try:
            if slow:
                await self.awake.wait()
            async for piece in line.chunks():
                now = time.time()
                for number, kind, data in frames(piece):
                    reading.see(number, kind, data, now)
        finally:
            self.connected -= 1


@dataclass(frozen=True)
class Plan:
    """What is to be measured."""

    readers: int
    jobs: int
    seconds: float
    slow: int
    burst: int
    restart: bool


def main() -> None:
    """Measure, print, and write the row."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--readers", type=int, default=1000)
    parser.add_argument("--jobs", type=int, default=50)
    parser.add_argument("--seconds", type=float, default=30.0, help="in which each job tells one event a second")
    parser.add_argument("--slow", type=int, default=20, help="further readers, who stop reading for a while")
    parser.add_argument("--burst", type=int, default=3000, help="events that their job tells meanwhile")
    parser.add_argument("--restart", action="store_true", help="kill the API in the middle")
    parser.add_argument("--descriptors", type=int, default=1024, help="the soft limit that the API is born with")
    parser.add_argument("--out", type=Path)
    arguments = parser.parse_args()
    names = ("readers", "jobs", "seconds", "slow", "burst", "restart")
    plan = Plan(**{name: getattr(arguments, name) for name in names})
    with servers() as stack:
        settings = migrated(stack, tenant_running=10**4)
        known = customers(settings, TENANTS)
        log = stack.logs / "api.log"
        with api(settings, log, descriptors=arguments.descriptors) as process, closing(Writer(settings)) as writer:
            row = asyncio.run(measured(process, writer, known, plan))
    print(row)
    if arguments.out:
        write(arguments.out, row)


async def measured(process: Api, writer: Writer, known: Sequence[Customer], plan: Plan) -> dict[str, Any]:
    """One run's row."""
    jobs = await submitted(process, known, plan.jobs)
    await asyncio.to_thread(writer.claim_all)
    owners = [known[number % len(known)] for number in range(len(jobs))]
    readings = [Reading(jobs[n % len(jobs)], owners[n % len(jobs)].key) for n in range(plan.readers)]
    slow = [Reading(jobs[0], owners[0].key) for _ in range(plan.slow)]
    memory = {"rss_idle_mib": process.resident_mib()}
    readers = Readers(process, readings, slow)
    following = [asyncio.create_task(readers.follow(reading)) for reading in readers.readings]
    begun = time.perf_counter()
    while readers.connected < len(following):  # noqa: ASYNC110 — a count of many connections is no one event
        await asyncio.sleep(0.1)
    connect_seconds = time.perf_counter() - begun
    memory["rss_connected_mib"] = process.resident_mib()
    cpu, descriptors = process.cpu_seconds(), process.descriptors()
    spent = await steady(writer, jobs, plan.seconds)
    cpu = process.cpu_seconds() - cpu
    memory["rss_steady_mib"] = process.resident_mib()
    late = sorted(second for reading in readings for second in reading.late)
    told = asyncio.create_task(asyncio.to_thread(writer.burst, jobs[0], plan.burst, "x" * FILLER))
    peak = 0.0
    while not told.done():
        await asyncio.sleep(0.2)
        peak = max(peak, process.resident_mib())
    await asyncio.sleep(SETTLE_SECONDS)
    memory["rss_burst_peak_mib"] = max(peak, process.resident_mib())
    still = readers.connected
    readers.awake.set()
    await asyncio.to_thread(writer.end_all)
    await asyncio.wait_for(asyncio.gather(*following), PATIENCE_SECONDS)
    memory["rss_end_mib"] = process.resident_mib()
    events = {job: writer.events(job) for job in jobs}
    return {
        "readers": len(readers.readings),
        "jobs": len(jobs),
        "complete": sum(reading.complete(events[reading.job]) for reading in readers.readings),
        "gaps": sum(reading.gaps for reading in readers.readings),
        "repeats": sum(reading.repeats for reading in readers.readings),
        "dropped": len(following) - still,
        "connects": sum(reading.connects for reading in readers.readings),
        "slow_connects": sum(reading.connects for reading in slow),
        "refused": sum(reading.refused for reading in readers.readings),
        "connect_seconds": round(connect_seconds, 1),
        "late_p50_ms": round(1000 * statistics.median(late), 1),
        "late_p99_ms": round(1000 * late[int(len(late) * 0.99)], 1),
        "steady_cpu_share": round(cpu / spent, 2),
        "descriptors": descriptors,
        **{name: round(value, 1) for name, value in memory.items()},
    }


async def submitted(process: Api, known: Sequence[Customer], count: int) -> list[str]:
    """The ids of new jobs, one tenant's after the other's."""
    pool, jobs = Pool(process.host, process.port), []
    for number in range(count):
        headers = {"Authorization": f"Bearer {known[number % len(known)].key}"}
        _, body = await pool.post("/v1/generations", headers, {"base": BASE, "prompt": "a photo of a dog"})
        jobs.append(str(json.loads(body)["id"]))
    pool.close()
    return jobs


async def steady(writer: Writer, jobs: Sequence[str], seconds: float) -> float:
    """Have every job tell an event a second; how long it really took."""
    begun = time.perf_counter()
    for second in range(int(seconds)):
        await asyncio.to_thread(writer.tick, jobs)
        await asyncio.sleep(max(0.0, begun + second + 1 - time.perf_counter()))
    await asyncio.sleep(1)
    return time.perf_counter() - begun


def write(path: Path, row: dict[str, Any]) -> None:
    """Add a row to the table."""
    new = not path.exists()
    with path.open("a", newline="") as file:
        writer = csv.DictWriter(file, list(row))
        if new:
            writer.writeheader()
        writer.writerow(row)


if __name__ == "__main__":
    main()
