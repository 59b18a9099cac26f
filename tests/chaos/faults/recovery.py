"""How long a job stands still when its worker is killed, with the product's default leases and back-off."""

import random
import signal
import time
from collections.abc import Callable
from typing import Any

from tests.chaos.faults.recoveries import MEASURED_APART
from tests.chaos.installation import DEVICES, Installation, send
from tests.chaos.journal import Journal
from tests.chaos.traffic.customer import Customer
from tests.chaos.traffic.plan import TINY, Plan, Recipe

LONG = Recipe("long", TINY, "dog", 4000, 5)  # far longer than a kill and its recovery
PATIENCE = 180.0
RUNNING = """
    SELECT m.job_id, m.worker, extract(epoch FROM m.at) FROM chaos.moves m JOIN jobs j ON j.id = m.job_id
    WHERE j.state = 'running' AND m.state = 'running' AND j.token = m.token AND j.step > 0
"""
AGAIN = """
    SELECT extract(epoch FROM min(at)) FROM chaos.moves
    WHERE job_id = %s AND state = 'running' AND old_state = 'queued' AND at > to_timestamp(%s)
"""
TRAINING_AGAIN = """
    SELECT extract(epoch FROM min(created_at)) FROM job_events
    WHERE job_id = %s AND type = 'progress' AND data->>'phase' = 'training' AND created_at > to_timestamp(%s)
"""


class Recovery:
    """Kills in two situations: an idle worker stands by, or every worker dies and is started again."""

    def __init__(
        self,
        plan: Plan,
        installation: Installation,
        journal: Journal,
        customer: Customer,
        maintain_until: Callable[[Callable[[], object], float], None],
    ) -> None:
        self._plan, self._installation, self._journal = plan, installation, journal
        self._customer, self._maintain_until = customer, maintain_until
        self._rng = random.Random(f"recovery {plan.seed}")
        self._born: dict[int, float] = {}

    def measure(self) -> dict[str, list[dict[str, float]]]:
        """Seconds from each kill until the job runs again, and until it trains again."""
        beside = [kill for _ in range(self._plan.kills_beside_another) for kill in self._round(1)]
        alone = [kill for _ in range(self._plan.kills_alone) for kill in self._round(2)]
        return {"an idle worker beside": beside, "every worker killed": alone}

    def _round(self, jobs: int) -> list[dict[str, float]]:
        """As many jobs run as workers are to be killed."""
        self._maintain_until(lambda: self._life() > self._plan.lives[jobs - 1], PATIENCE)
        ids = [self._customer.fine_tune(LONG) for _ in range(jobs)]
        self._maintain_until(lambda: len(self._at_work()) == jobs, PATIENCE)
        pause = time.monotonic() + self._rng.uniform(0, 5)  # anywhere between two heartbeats
        self._maintain_until(lambda: time.monotonic() > pause, PATIENCE)
        killed = {job_id: self._kill(worker) for job_id, worker in self._at_work().items()}
        self._maintain_until(lambda: all(self._ask(TRAINING_AGAIN, *kill) for kill in killed.items()), PATIENCE)
        measured = [
            {"running": self._ask(AGAIN, *kill) - kill[1], "training": self._ask(TRAINING_AGAIN, *kill) - kill[1]}
            for kill in killed.items()
        ]
        for job_id in ids:
            self._customer.cancel(job_id)
        self._maintain_until(lambda: not self._at_work(), PATIENCE)
        return measured

    def _kill(self, worker: str) -> float:
        """The moment."""
        pid = int(worker.split(":")[1])
        self._journal.write("kill", target=MEASURED_APART, pid=pid)
        at = time.time()
        send(pid, signal.SIGKILL)
        return at

    def _life(self) -> float:
        """Seconds that the youngest worker has lived; 0 while one is missing."""
        now = time.monotonic()
        pids = [self._installation.pid(name) for name in DEVICES]
        born = [self._born.setdefault(pid, now) for pid in pids if pid]
        return now - max(born) if len(born) == len(DEVICES) else 0.0

    def _at_work(self) -> dict[Any, str]:
        with self._installation.owner() as owner:
            return {job_id: worker for job_id, worker, _ in owner.execute(RUNNING)}

    def _ask(self, query: str, job_id: Any, since: float) -> Any:
        with self._installation.owner() as owner:
            row = owner.execute(query.encode(), (job_id, since)).fetchone()
        return float(row[0]) if row and row[0] is not None else None
