"""Random walks through everything that can happen to jobs."""

import random
from collections.abc import Callable
from contextlib import suppress
from uuid import UUID

import pytest

from service.enums import TERMINAL, JobState, Priority
from service.errors import TooManyPending, WrongState
from service.jobs import ending
from service.jobs.attempt import record_progress
from service.jobs.claim import Claim
from service.jobs.commands import cancel
from service.jobs.ending import JobResult, retry_or_fail
from service.jobs.transitions import LostLease
from tests.conftest import Customer, new_customer
from tests.service.jobs.engine import ERROR, Engine

STEPS = 120


class Walk:
    """Customers who ask and cancel, workers that finish, fail, die and come back as ghosts, and a reaper."""

    def __init__(self, engine: Engine, seed: int) -> None:
        self.engine = engine
        self.chance = random.Random(seed)
        self.customers = [new_customer(engine.database, engine.settings) for _ in range(3)]
        self.by_id = {customer.id: customer for customer in self.customers}
        self.jobs: list[tuple[Customer, UUID]] = []
        self.claims: list[Claim] = []

    def step(self) -> None:
        """One thing happens; whoever is refused was told so by the documented error."""
        moves: list[Callable[[], None]] = [
            self.ask,
            self.ask,
            self.look,
            self.look,
            self.stop,
            self.die,
            self.end,
            self.end,
        ]
        with suppress(TooManyPending, WrongState, LostLease):
            self.chance.choice(moves)()

    def ask(self) -> None:
        """A customer submits."""
        customer = self.chance.choice(self.customers)
        estimate, priority = self.chance.uniform(0, 100), self.chance.choice(list(Priority))
        self.jobs.append((customer, self.engine.accept(customer, estimate=estimate, priority=priority)))

    def look(self) -> None:
        """A worker looks for work."""
        self.engine.make_due()
        claim = self.engine.claim()
        if claim:
            self.claims.append(claim)

    def stop(self) -> None:
        """A customer cancels any of the jobs, ended ones too."""
        if self.jobs:
            customer, job_id = self.chance.choice(self.jobs)
            with self.engine.scope(customer) as scope:
                cancel(scope, job_id)

    def die(self) -> None:
        """A worker dies, and the reaper notices."""
        if self.claims:
            self.engine.expire(self.chance.choice(self.claims).job_id)
            self.engine.reap()

    def end(self) -> None:
        """An attempt ends in one of its ways, though its lease may be lost long since."""
        if not self.claims:
            return
        claim = self.chance.choice(self.claims)
        with self.engine.scope(self.by_id[claim.tenant_id]) as scope:
            match self.chance.randrange(6):
                case 0:
                    ending.succeed(scope, claim, JobResult([self.engine.stored_object(claim)], {}))
                case 1:
                    ending.fail(scope, claim, ERROR)
                case 2:
                    ending.cancel(scope, claim)
                case 3:
                    ending.release(scope, claim)
                case 4:
                    retry_or_fail(scope, claim, ERROR, self.engine.settings)
                case _:
                    record_progress(scope, claim, phase="sampling", step=1, steps=2, data={})

    def drain(self) -> None:
        """Every job comes to its end: the queue is worked off, the dead are reaped."""
        self.engine.sql("UPDATE jobs SET lease_until = now() - interval '1 second' WHERE lease_until IS NOT NULL")
        self.engine.reap()
        self.engine.make_due()
        while claim := self.engine.claim():
            self.engine.succeed(self.by_id[claim.tenant_id], claim)

    def check_ends(self) -> None:
        """What was accepted has ended once, is billed at most once, and a success has exactly one bill."""
        for _, job_id in self.jobs:
            told = self.engine.event_types(job_id)
            bills = self.engine.usage(job_id)
            assert sum(event in TERMINAL for event in told) == 1
            assert told[-1] in TERMINAL
            assert len(bills) <= 1
            assert told[-1] != JobState.SUCCEEDED or len(bills) == 1
            assert all(seconds >= 0 for seconds in bills)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_counters_and_histories_are_right_after_anything(engine: Engine, seed: int) -> None:
    """After every tenth of 120 random steps, and once everything has ended."""
    walk = Walk(engine, seed)
    for number in range(STEPS):
        walk.step()
        if number % 10 == 0:
            engine.check_counters()
    engine.check_histories()
    walk.drain()
    engine.check_counters()
    walk.check_ends()
    assert all(engine.load(customer).running == engine.load(customer).pending == 0 for customer in walk.customers)
