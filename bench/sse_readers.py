"""Many readers of events on one API process: does each see every event, how soon, and what does it cost in memory?

    python -m bench.sse_readers --out bench/results/sse_readers.csv

Real servers in a temporary folder, one uvicorn process, no worker: a writer plays the workers, with the engine's own
functions. Each job tells an event a second for a while. Then one job tells a lot while further readers of it have
stopped reading: the server drops them, and they resume by Last-Event-ID. Then the API is killed and started again,
and all readers come back at once. Every reader checks that the ids come one by one from 1 to its job's last event.
"""

import argparse
import asyncio
import json
import statistics
import time
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

from bench.api_process import BASE, Api, Customer, api, customers, migrated, servers
from bench.event_writer import Writer, WriterProcess
from bench.sse_reading import Crowd, Reading
from bench.table import append
from bench.wire import Pool

TENANTS = 10
FILLER = "x" * 4000  # makes the events of a burst long, so that buffers fill
PATIENCE_SECONDS = 300.0
FIELDS = (
    *("readers", "jobs", "events", "complete", "gaps", "repeats", "refused", "connects", "slow_connects"),
    *("connect_seconds", "late_p50_ms", "late_p99_ms", "cpu_share", "descriptors", "reconnect_seconds"),
    *("idle_mib", "connected_mib", "steady_mib", "burst_mib", "slow_gone_mib", "kib_a_reader"),
)


@dataclass(frozen=True)
class Plan:
    """How many, and for how many seconds."""

    readers: int
    jobs: int
    seconds: float
    slow: int
    burst: int
    asleep: float


def main() -> None:
    """Measure, print, and add a row to the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--readers", type=int, default=1000)
    parser.add_argument("--jobs", type=int, default=50)
    parser.add_argument("--seconds", type=float, default=30.0, help="in which each job tells one event a second")
    parser.add_argument("--slow", type=int, default=20, help="further readers, who stop reading for a while")
    parser.add_argument("--burst", type=int, default=3000, help="events that their job tells meanwhile")
    parser.add_argument("--asleep", type=float, default=60.0, help="for how long they do not read")
    parser.add_argument("--descriptors", type=int, default=1024, help="the soft limit that the API is born with")
    parser.add_argument("--out", type=Path)
    arguments = parser.parse_args()
    plan = Plan(**{name: getattr(arguments, name) for name in Plan.__dataclass_fields__})
    with servers() as stack:
        settings = migrated(stack, tenant_max_running=10**4)
        known = customers(settings, TENANTS)
        log, limit = stack.logs / "api.log", arguments.descriptors
        with api(settings, log, descriptors=limit) as process, closing(WriterProcess(settings)) as writer:
            row = asyncio.run(Measurement(process, writer, plan).run(known))
    print(row)
    if arguments.out:
        append(arguments.out, FIELDS, row)


@dataclass
class Measurement:
    """One run and what it has found so far."""

    process: Api
    writer: WriterProcess
    plan: Plan
    row: dict[str, float] = field(default_factory=dict)

    async def run(self, known: Sequence[Customer]) -> dict[str, float]:
        """The row."""
        jobs = await submitted(self.process, known, self.plan.jobs)
        await self.writer.tell(Writer.claim_all)
        keys = [known[number % len(known)].key for number in range(len(jobs))]
        readings = [Reading(jobs[n % len(jobs)], keys[n % len(jobs)]) for n in range(self.plan.readers)]
        slow = [Reading(jobs[0], keys[0], slow=True) for _ in range(self.plan.slow)]
        self._weigh("idle_mib")
        crowd = Crowd(self.process, readings + slow)
        self.row["connect_seconds"] = round(await crowd.all_connected(), 1)
        self._weigh("connected_mib")
        await self._steadily(jobs, readings)
        await self._in_a_burst(jobs[0], crowd)
        await self._through_a_restart(jobs, crowd)
        await self.writer.tell(Writer.end_all)
        await asyncio.wait_for(crowd.all_ended(), PATIENCE_SECONDS)
        events = {job: await self.writer.tell(Writer.events, job) for job in jobs}
        return self.row | self._seen(crowd.readings, events)

    async def _steadily(self, jobs: Sequence[str], readings: Sequence[Reading]) -> None:
        """An event a second of every job."""
        begun, spent = time.perf_counter(), self.process.cpu_seconds()
        for second in range(int(self.plan.seconds)):
            await self.writer.tell(Writer.tick, jobs)
            await asyncio.sleep(max(0.0, begun + second + 1 - time.perf_counter()))
        await asyncio.sleep(1)
        share = (self.process.cpu_seconds() - spent) / (time.perf_counter() - begun)
        late = sorted(1000 * seconds for reading in readings for seconds in reading.late)
        self.row["cpu_share"] = round(share, 2)
        self.row["late_p50_ms"] = round(statistics.median(late), 1)
        self.row["late_p99_ms"] = round(late[int(len(late) * 0.99)], 1)
        self.row["descriptors"] = self.process.descriptors()
        self._weigh("steady_mib")

    async def _in_a_burst(self, job: str, crowd: Crowd) -> None:
        """Many long events of one job, whose slow readers read on only when all is over."""
        begun, peak = time.perf_counter(), 0.0
        telling = asyncio.create_task(self.writer.tell(Writer.burst, job, self.plan.burst, FILLER))
        while not telling.done() or time.perf_counter() - begun < self.plan.asleep:
            await asyncio.sleep(0.2)
            peak = max(peak, self.process.resident_mib())
        await telling
        self.row["burst_mib"] = round(peak, 1)
        self._weigh("slow_gone_mib")
        crowd.awake.set()
        await asyncio.sleep(5)  # they find that they were dropped, and come back
        await crowd.all_connected()

    async def _through_a_restart(self, jobs: Sequence[str], crowd: Crowd) -> None:
        """The API dies; what happens meanwhile is told by the next."""
        self.process.kill()
        await self.writer.tell(Writer.tick, jobs)
        await asyncio.to_thread(self.process.start)
        self.row["reconnect_seconds"] = round(await crowd.all_connected(), 1)
        await self.writer.tell(Writer.tick, jobs)

    def _weigh(self, name: str) -> None:
        self.row[name] = round(self.process.resident_mib(), 1)

    def _seen(self, readings: Sequence[Reading], events: Mapping[str, int]) -> dict[str, float]:
        """What the readers saw, against the number of events that the database has of each job."""
        grown = self.row["connected_mib"] - self.row["idle_mib"]
        return {
            "readers": len(readings),
            "jobs": len(events),
            "events": sum(events.values()),
            "complete": sum(reading.complete(events[reading.job]) for reading in readings),
            "gaps": sum(reading.gaps for reading in readings),
            "repeats": sum(reading.repeats for reading in readings),
            "refused": sum(reading.refused for reading in readings),
            "connects": sum(reading.connects for reading in readings),
            "slow_connects": sum(reading.connects for reading in readings if reading.slow),
            "kib_a_reader": round(1024 * grown / len(readings), 1),
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


if __name__ == "__main__":
    main()
