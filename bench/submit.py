"""How quickly a generation is accepted, with the broker up, down (it refuses) and paused (it takes no word in).

    python -m bench.submit --out bench/results/submit.csv

Real servers in a temporary folder, one uvicorn process, no worker. Requests leave on a fixed schedule whether or not
the earlier ones were answered, and each is timed from the moment it was due. The broker is up in the first and the
last round: what those say of the machine is the baseline for the rounds between.
"""

import argparse
import asyncio
import itertools
import os
import signal
import statistics
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from bench.api_process import BASE, Api, Customer, api, customers, migrated, servers
from bench.table import append
from bench.wire import Pool
from service.stack import LocalStack
from service.stack.server import EmbeddedServer

ROUNDS = ("up", "down", "paused", "up again")
FIELDS = ("broker", "requests", "accepted", "p50_ms", "p90_ms", "p99_ms", "max_ms", "api_cpu_ms")


@dataclass(frozen=True)
class Load:
    """So many requests a second for so many seconds, after a few that are not counted."""

    rate: float
    seconds: float
    warm_up: float = 3.0


@dataclass(frozen=True)
class Answered:
    """One request: its status, and seconds from the moment that it was due."""

    status: int
    seconds: float


def main() -> None:
    """Run the rounds and write their table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rate", type=float, default=50.0)
    parser.add_argument("--seconds", type=float, default=20.0)
    parser.add_argument("--tenants", type=int, default=5)
    parser.add_argument("--out", type=Path)
    arguments = parser.parse_args()
    load = Load(arguments.rate, arguments.seconds)
    with servers() as stack:
        settings = migrated(stack, tenant_pending=10**6)
        known = customers(settings, arguments.tenants)
        with api(settings, stack.logs / "api.log") as process:
            rows = [measured(stack, process, known, name, load) for name in ROUNDS]
    if arguments.out:
        for row in rows:
            append(arguments.out, FIELDS, row)


def measured(
    stack: LocalStack, process: Api, known: Sequence[Customer], name: str, load: Load
) -> dict[str, str | int | float]:
    """One round's row."""
    (broker,) = (server for server in stack.servers if server.name == "valkey")
    with STATES[name](broker):
        asyncio.run(fire(process, known, load.rate, load.warm_up))
        before = process.cpu_seconds()
        answers = asyncio.run(fire(process, known, load.rate, load.seconds))
        spent = process.cpu_seconds() - before
    row = {"broker": name} | summary(answers) | {"api_cpu_ms": round(1000 * spent / len(answers), 1)}
    print(row, flush=True)
    return row


def summary(answers: Sequence[Answered]) -> dict[str, int | float]:
    """Percentiles in milliseconds, over every request whatever its status."""
    times = sorted(1000 * answer.seconds for answer in answers)
    cuts = statistics.quantiles(times, n=100, method="inclusive")
    accepted = sum(answer.status == 202 for answer in answers)  # noqa: PLR2004 — what an accepted job is answered with
    return {
        "requests": len(times),
        "accepted": accepted,
        "p50_ms": round(cuts[49], 1),
        "p90_ms": round(cuts[89], 1),
        "p99_ms": round(cuts[98], 1),
        "max_ms": round(times[-1], 1),
    }


async def fire(process: Api, known: Sequence[Customer], rate: float, seconds: float) -> list[Answered]:
    """Send requests on their schedule and wait for all answers."""
    pool, begun = Pool(process.host, process.port), time.perf_counter() + 0.1
    numbered = zip(range(int(rate * seconds)), itertools.cycle(known), strict=False)
    answers = await asyncio.gather(*(call(pool, customer, begun + number / rate) for number, customer in numbered))
    pool.close()
    return list(answers)


async def call(pool: Pool, customer: Customer, due: float) -> Answered:
    """One submission, sent when it is due."""
    await asyncio.sleep(max(0.0, due - time.perf_counter()))
    headers = {"Authorization": f"Bearer {customer.key}"}
    head, _ = await pool.post("/v1/generations", headers, {"base": BASE, "prompt": "a photo of a dog"})
    return Answered(head.status, time.perf_counter() - due)


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


STATES: dict[str, Callable[[EmbeddedServer], object]] = dict(zip(ROUNDS, (up, down, paused, up), strict=True))


if __name__ == "__main__":
    main()
