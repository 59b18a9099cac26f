"""All the clients at once: a thread a tenant, held back while enough jobs wait or run."""

import threading
import traceback
from pathlib import Path

from tests.chaos.journal import Journal
from tests.chaos.traffic.client import Client, GivenUp, Over, Wire
from tests.chaos.traffic.customer import Customer
from tests.chaos.traffic.plan import Plan


class Traffic:
    """The tenants' apps. `open_gate` lets them send; what ends them otherwise than well is in the journal."""

    def __init__(self, plan: Plan, wire: Wire, journal: Journal, keys: dict[str, str]) -> None:
        self._wire, self._journal = wire, journal
        self._gate = threading.Event()
        pool, dealt = plan.pool(), plan.tasks()
        self.customers = [
            Customer(Client(wire, journal, name, key), tasks, pool, self._pass)
            for (name, key), tasks in zip(keys.items(), dealt, strict=True)
        ]
        self._threads: list[threading.Thread] = []

    def begin(self, receiver: str, secrets: Path, nobody: str | None) -> None:
        """Start every tenant's thread; the first tenant also has a webhook where nobody listens."""
        for customer in self.customers:
            dead = nobody if customer is self.customers[0] else None
            thread = threading.Thread(target=self._run, args=(customer, receiver, secrets, dead), daemon=True)
            self._threads.append(thread)
            thread.start()

    @property
    def under_way(self) -> bool:
        """Whether a tenant still has something to do."""
        return any(thread.is_alive() for thread in self._threads)

    @property
    def done(self) -> int:
        """How many errands are done."""
        return sum(customer.done for customer in self.customers)

    def open_gate(self, *, wide: bool) -> None:
        """Let the clients send more, or not."""
        if wide:
            self._gate.set()
        else:
            self._gate.clear()

    def end(self) -> None:
        """Send everybody home."""
        self._wire.over.set()
        self._gate.set()
        for thread in self._threads:
            thread.join(timeout=30)

    def _pass(self) -> None:
        self._gate.wait()
        if self._wire.over.is_set():
            raise Over

    def _run(self, customer: Customer, receiver: str, secrets: Path, dead: str | None) -> None:
        try:
            customer.settle_in(receiver, secrets)
            if dead is not None:
                customer.register(dead)
            customer.work()
        except Over:
            self._journal.write("over")
        except GivenUp as error:
            self._journal.write("gave up", call=str(error))
        except Exception as error:  # noqa: BLE001 — a client that breaks would otherwise pass for one that is done
            self._journal.write("client broke", error=repr(error), trace=traceback.format_exc())
