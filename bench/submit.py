"""How quickly a generation is accepted, with the broker up, down (it refuses) and paused (it takes no word in).

    python -m bench.submit --out bench/results/submit.csv

Real servers in a temporary folder, one uvicorn process, no worker. Requests leave on a fixed schedule whether or not
the earlier ones were answered, and each is timed from the moment it was due. The three states of the broker take turns
in slices of a few seconds, so that whatever else the machine does meets them alike; and between two submissions the
process is asked whether it lives, which needs no server: what that takes is the machine's own part.
"""

import argparse
import asyncio
import itertools
import os
import signal
import statistics
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from bench.api_process import BASE, Api, Customer, api, customers, migrated, servers
from bench.table import append
from bench.wire import Pool
from service.local.stack import LocalStack
from service.local.stack.embedded_server import EmbeddedServer

ACCEPTED = 202
FIELDS = (
    *("broker", "requests", "accepted", "p50_ms", "p90_ms", "p99_ms", "max_ms", "over_50_ms", "api_cpu_ms"),
    *("alive_p50_ms", "alive_p99_ms"),
)


@dataclass(frozen=True)
class Load:
    """So many submissions a second; a slice lasts so many seconds, after a few that are not counted."""

    rate: float
    slice_seconds: float
    warm_up: float = 2.0


@dataclass
class Round:
    """What was measured in one state of the broker. Times are seconds from the moment that a request was due."""

    statuses: list[int] = field(default_factory=list)
    times: list[float] = field(default_factory=list)
    alive: list[float] = field(default_factory=list)
    cpu_seconds: float = 0.0

    def row(self, broker: str) -> dict[str, str | int | float]:
        """Percentiles in milliseconds, over every submission whatever its status."""
        cuts, alive = percentiles(self.times), percentiles(self.alive)
        return {
            "broker": broker,
            "requests": len(self.times),
            "accepted": self.statuses.count(ACCEPTED),
            "p50_ms": cuts[49],
            "p90_ms": cuts[89],
            "p99_ms": cuts[98],
            "max_ms": round(1000 * max(self.times), 1),
            "over_50_ms": sum(seconds > 0.05 for seconds in self.times),  # noqa: PLR2004 — the aim
            "api_cpu_ms": round(1000 * self.cpu_seconds / len(self.times), 1),
            "alive_p50_ms": alive[49],
            "alive_p99_ms": alive[98],
        }


def percentiles(seconds: Sequence[float]) -> list[float]:
    """The 1st to the 99th, in milliseconds."""
    return [round(1000 * cut, 1) for cut in statistics.quantiles(seconds, n=100, method="inclusive")]


def main() -> None:
    """Measure, print, and add a row for each state to the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rate", type=float, default=50.0)
    parser.add_argument("--seconds", type=float, default=20.0, help="of each state of the broker")
    parser.add_argument("--slices", type=int, default=4)
    parser.add_argument("--tenants", type=int, default=5)
    parser.add_argument("--out", type=Path)
    arguments = parser.parse_args()
    load = Load(arguments.rate, arguments.seconds / arguments.slices)
    with servers() as stack:
        settings = migrated(stack, tenant_max_pending=10**6)
        known = customers(settings, arguments.tenants)
        with api(settings, stack.logs / "api.log") as process:
            rounds = measured(stack, process, known, load, arguments.slices)
    for name, found in rounds.items():
        print(found.row(name))
        if arguments.out:
            append(arguments.out, FIELDS, found.row(name))


def measured(stack: LocalStack, process: Api, known: Sequence[Customer], load: Load, slices: int) -> dict[str, Round]:
    """The states in turns."""
    (broker,) = (server for server in stack.servers if server.name == "valkey")
    rounds = {name: Round() for name in STATES}
    for name in itertools.chain.from_iterable([STATES] * slices):
        with STATES[name](broker):
            asyncio.run(fire(process, known, load.rate, load.warm_up, Round()))
            spent = process.cpu_seconds()
            asyncio.run(fire(process, known, load.rate, load.slice_seconds, rounds[name]))
            rounds[name].cpu_seconds += process.cpu_seconds() - spent
    return rounds


async def fire(process: Api, known: Sequence[Customer], rate: float, seconds: float, found: Round) -> None:
    """Send requests on their schedule and wait for all answers."""
    pool, begun = Pool(process.host, process.port), time.perf_counter() + 0.1
    calls = []
    for number, customer in zip(range(int(rate * seconds)), itertools.cycle(known), strict=False):
        calls.append(submit(pool, customer, begun + number / rate, found))
        calls.append(ask(pool, begun + (number + 0.5) / rate, found))
    await asyncio.gather(*calls)
    pool.close()


async def submit(pool: Pool, customer: Customer, due: float, found: Round) -> None:
    """One submission, sent when it is due."""
    await asyncio.sleep(max(0.0, due - time.perf_counter()))
    headers = {"Authorization": f"Bearer {customer.key}"}
    head, _ = await pool.post("/v1/generations", headers, {"base": BASE, "prompt": "a photo of a dog"})
    found.times.append(time.perf_counter() - due)
    found.statuses.append(head.status)


async def ask(pool: Pool, due: float, found: Round) -> None:
    """One question whether the process lives."""
    await asyncio.sleep(max(0.0, due - time.perf_counter()))
    await pool.get("/healthz")
    found.alive.append(time.perf_counter() - due)


@contextmanager
def up(broker: EmbeddedServer) -> Iterator[None]:
    """As it should be."""
    broker.start()
    yield


@contextmanager
def down(broker: EmbeddedServer) -> Iterator[None]:
    """Every connection is refused."""
    broker.stop()
    yield
    broker.start()


@contextmanager
def paused(broker: EmbeddedServer) -> Iterator[None]:
    """Connections open, and nothing is ever answered."""
    if broker.pid is None:
        raise RuntimeError("there is no broker to pause")
    os.kill(broker.pid, signal.SIGSTOP)
    yield
    os.kill(broker.pid, signal.SIGCONT)


STATES: dict[str, Callable[[EmbeddedServer], AbstractContextManager[None]]] = {"up": up, "down": down, "paused": paused}


if __name__ == "__main__":
    main()
