"""Plays the workers of many jobs: claims them, tells progress, and ends them, with the engine's own functions."""

import asyncio
import multiprocessing
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from typing import Any, TypeVar
from uuid import UUID

from service.ids import from_wire
from service.infra.broker import Notifier
from service.infra.database import Database
from service.jobs import ending, queries
from service.jobs.attempt import record_progress
from service.jobs.claim import Claim, claim
from service.settings import Settings

Answer = TypeVar("Answer")

LEASE_SECONDS = 24 * 3600.0  # nobody beats for these jobs
A_TRANSACTION = 50  # events of a burst


class Writer:
    """The claims of all jobs that wait in the database."""

    def __init__(self, settings: Settings) -> None:
        self._database = Database.from_settings(settings)
        self._notifier = Notifier(settings)
        self._claims: dict[UUID, Claim] = {}
        self._steps = 0

    def claim_all(self) -> None:
        """Claim until nothing waits."""
        while True:
            taken = claim(self._database, "bench", LEASE_SECONDS)
            if taken is None:
                return
            self._claims[taken.job_id] = taken

    def tick(self, jobs: Sequence[str]) -> None:
        """One event for each of these jobs, each in a transaction of its own, as workers would."""
        for job in jobs:
            self.burst(job, 1, "")

    def burst(self, job: str, count: int, filler: str) -> None:
        """So many events of one job, as quickly as they can be written; `filler` makes them long."""
        taken = self._claims[uuid(job)]
        for start in range(0, count, A_TRANSACTION):
            with self._database.tenant(taken.tenant_id) as scope:
                for _ in range(min(A_TRANSACTION, count - start)):
                    self._steps += 1
                    told = {"at": time.time(), "filler": filler}
                    record_progress(scope, taken, phase="sampling", step=self._steps, steps=10**6, data=told)
            self._notifier.jobs_changed([taken.job_id])

    def end_all(self) -> None:
        """Fail every job: the shortest way to a last event."""
        for job_id, taken in self._claims.items():
            with self._database.tenant(taken.tenant_id) as scope:
                ending.fail(scope, taken, {"code": "bench", "detail": "The measurement is over.", "retryable": False})
            self._notifier.jobs_changed([job_id])

    def events(self, job: str) -> int:
        """How many events the job has."""
        taken = self._claims[uuid(job)]
        with self._database.tenant(taken.tenant_id) as scope:
            return queries.get(scope, taken.job_id).event_seq

    def close(self) -> None:
        """Close the pools."""
        self._notifier.close()
        self._database.close()


class WriterProcess:
    """A writer in a process of its own, so that its work is not taken for the readers' lateness."""

    def __init__(self, settings: Settings) -> None:
        fresh = multiprocessing.get_context("spawn")
        self._pool = ProcessPoolExecutor(1, fresh, initializer=_open, initargs=(settings,))

    async def tell(self, verb: Callable[..., Answer], *arguments: Any) -> Answer:
        """Do what a writer can: `tell(Writer.tick, jobs)`."""
        return await asyncio.get_running_loop().run_in_executor(self._pool, _do, verb, *arguments)

    def close(self) -> None:
        """End the process."""
        self._pool.submit(_close).result()
        self._pool.shutdown()


_writers: list[Writer] = []  # of this process: the one that `WriterProcess` opened


def _open(settings: Settings) -> None:
    _writers.append(Writer(settings))


def _do(verb: Callable[..., Answer], *arguments: Any) -> Answer:
    return verb(_writers[0], *arguments)


def _close() -> None:
    _writers.pop().close()


def uuid(job: str) -> UUID:
    """The id of a job as the database has it."""
    job_id = from_wire("job", job)
    if job_id is None:
        raise ValueError(job)
    return job_id
