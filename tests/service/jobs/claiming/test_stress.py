"""Everything at once: no deadlock, no lost update, nothing in two places."""

import random
import threading
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from uuid import UUID

from service.enums import TERMINAL, JobState
from service.errors import WrongState
from service.jobs import ending
from service.jobs.attempt import record_progress, renew_lease
from service.jobs.claim import Claim
from service.jobs.commands import cancel
from service.jobs.ending import JobResult
from service.jobs.maintenance import reap
from service.jobs.transitions import LostLease
from tests.conftest import Customer, new_customer
from tests.service.jobs.engine import ERROR, Engine

SECONDS = 4.0
CLIENTS, WORKERS, REAPERS = 3, 4, 2


class Storm:
    """Clients, workers and reapers that do not know of each other; an error of the database stops the test."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.settings = engine.settings.model_copy(update={"retry_seconds": 0.0, "max_attempts": 3})
        self.customers = [new_customer(engine.database, engine.settings) for _ in range(3)]
        self.by_id = {customer.id: customer for customer in self.customers}
        self.ends: Counter[str] = Counter()
        self.accepted: list[tuple[Customer, UUID]] = []
        self.lock = threading.Lock()
        self.until = time.monotonic() + SECONDS

    def rage(self) -> None:
        """All at once for a few seconds."""
        roles = [self.client] * CLIENTS + [self.worker] * WORKERS + [self.reaper] * REAPERS
        with ThreadPoolExecutor(len(roles)) as pool:
            for future in [pool.submit(self.turn, role, seed) for seed, role in enumerate(roles)]:
                future.result(SECONDS + 30)

    def turn(self, role: Callable[[random.Random], None], seed: int) -> None:
        """One thread of a role."""
        chance = random.Random(seed)
        while time.monotonic() < self.until:
            role(chance)

    def note(self, what: str) -> None:
        """Count what happened."""
        with self.lock:
            self.ends[what] += 1

    def client(self, chance: random.Random) -> None:
        """Submits, and cancels one in three of what it or another has submitted."""
        time.sleep(chance.uniform(0, 0.1))
        customer = chance.choice(self.customers)
        job_id = self.engine.accept(customer, estimate=chance.uniform(0, 5))
        with self.lock:
            self.accepted.append((customer, job_id))
            customer, job_id = chance.choice(self.accepted[-20:])
        if chance.random() < 1 / 3:
            try:
                with self.engine.scope(customer) as scope:
                    cancel(scope, job_id)
            except WrongState:
                self.note("cancel came too late")

    def worker(self, chance: random.Random) -> None:
        """Claims, beats, and succeeds, fails, releases or dies; the reaper may be quicker."""
        claim = self.engine.claim(lease=chance.choice([0.0, 0.02, 60.0]))
        if claim is None:
            return
        try:
            self.attempt(claim, chance)
        except LostLease:
            self.note("lost")

    def attempt(self, claim: Claim, chance: random.Random) -> None:
        """What a worker does with its claim."""
        customer = self.by_id[claim.tenant_id]
        with self.engine.database.engine() as session:
            state = renew_lease(session, claim, chance.choice([0.0, 60.0]))
        with self.engine.scope(customer) as scope:
            record_progress(scope, claim, phase="sampling", step=1, steps=2, data={})
        with self.engine.scope(customer) as scope:
            match JobState.CANCELING if state == JobState.CANCELING else chance.randrange(8):
                case JobState.CANCELING:
                    ending.cancel(scope, claim)
                case 0:
                    ending.fail(scope, claim, ERROR)
                case 1:
                    ending.release(scope, claim)
                case _:
                    ending.succeed(scope, claim, JobResult([self.engine.stored_object(claim)], {}))
        self.note("ended")

    def reaper(self, chance: random.Random) -> None:
        """Looks, and rests a little."""
        reap(self.engine.database, self.settings)
        time.sleep(chance.uniform(0, 0.02))

    def calm(self) -> None:
        """After the storm the dead are reaped and the rest of the queue is worked off."""
        self.engine.sql("UPDATE jobs SET lease_until = now() - interval '1 second' WHERE lease_until IS NOT NULL")
        self.engine.reap()
        self.engine.make_due()
        while claim := self.engine.claim():
            self.engine.succeed(self.by_id[claim.tenant_id], claim, self.engine.stored_object(claim))


def test_clients_workers_and_reapers_never_deadlock_and_never_lose_a_job(engine: Engine) -> None:
    """Accepted is ended: once, with gap-free history, right counters, and a bill and a result only for a success."""
    storm = Storm(engine)
    storm.rage()
    engine.check_counters()
    storm.calm()
    engine.check_counters()
    engine.check_histories()
    assert storm.ends["ended"] > 0
    assert len(storm.accepted) > WORKERS
    for customer in storm.customers:
        assert (engine.load(customer).running, engine.load(customer).pending) == (0, 0)
    for customer, job_id in storm.accepted:
        check_end(engine, customer, job_id)


def check_end(engine: Engine, customer: Customer, job_id: UUID) -> None:
    """One job's whole story holds together."""
    told = engine.event_types(job_id)
    job = engine.job(job_id)
    assert [event for event in told if event in TERMINAL] == [job.state]
    assert told[-1] == job.state
    bills = engine.usage(job_id)
    made = engine.artifact_count(customer, job_id)
    if job.state == JobState.SUCCEEDED:
        assert (len(bills), made) == (1, 1)
    else:
        assert (len(bills) <= 1, made) == (True, 0)
