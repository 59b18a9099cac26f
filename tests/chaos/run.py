"""One run, phase by phase: prepare, disturb, let it calm down, the twins, recovery with default leases, tidy."""

import random
import sys
import time
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import psycopg

from service import tenants
from service.assets import artifacts
from service.assets.orphans import delete_orphans as collect_orphans
from service.infra.database import Database
from service.infra.object_store import ObjectStore
from service.local.stack.restarter import Backoff
from service.local.up import is_ready
from service.settings import Settings
from tests.chaos.faults.disturbances import Disturbances
from tests.chaos.faults.recovery import Recovery
from tests.chaos.installation import APIS, HOST, Installation, free_port
from tests.chaos.journal import FAULTS, REQUESTS, WEBHOOKS, Journal
from tests.chaos.traffic import witness
from tests.chaos.traffic.cards import Cards
from tests.chaos.traffic.client import Client, Wire
from tests.chaos.traffic.customer import Customer
from tests.chaos.traffic.deck import Deck
from tests.chaos.traffic.plan import EMOJI, TINY, Plan
from tests.chaos.traffic.traffic import Traffic
from tests.tiny_pipeline import write_tiny_pipeline

TURN = 0.05
COUNT_SECONDS = 0.5
CALM_DOWN_SECONDS = 300.0
TWINS = "twins"
RECOVERING = "recovery"
UNFINISHED = "SELECT count(*) FROM jobs WHERE ended_at IS NULL"
UNTOLD = "SELECT count(*) FROM webhook_deliveries WHERE state = 'pending'"


class NotCalm(Exception):
    """After the disturbances something does not come to its end."""

    def __init__(self, patience: float, logs: Path) -> None:
        super().__init__(f"It did not happen within {patience:.0f} s; see {logs}.")


class Run:
    """Drives one installation through one plan; what is left behind is for the auditor."""

    def __init__(self, plan: Plan, installation: Installation) -> None:
        self.plan, self.installation = plan, installation
        self.timings: dict[str, Any] = {"started": datetime.now(UTC).isoformat(timespec="seconds")}
        journal = installation.place.journal
        self._requests, self._faults = Journal(journal / REQUESTS), Journal(journal / FAULTS)
        self._secrets = installation.place.root / "secrets"
        self._secrets.mkdir(mode=0o700, exist_ok=True)
        self._port = free_port()
        self._nobody = f"http://{HOST}:{free_port()}" if plan.dead_letters else None
        self._wire = Wire(installation.urls)
        self._keys: dict[str, str] = {}
        self._counted = (0.0, 0)

    def everything(self) -> None:
        """All phases, in order."""
        self._timed("prepare", self.prepare)
        self._timed("disturbed", self.disturb)
        self._timed("calm down", self.calm_down)
        self._timed("twins", self.twins)
        if self.plan.kills_alone or self.plan.kills_beside_another:
            self._timed("recovery", self.recover)
        self._timed("tidy", self.tidy)

    def prepare(self) -> None:
        """Bases, tenants, the witness; then all programs, and both API processes ready."""
        self.installation.add_base(TINY, write_tiny_pipeline(self.installation.place.root / TINY))
        if self.plan.emoji:
            self.installation.prepare_base(EMOJI)
        with closing(Database.from_settings(self.installation.settings)) as database:
            for name in [f"tenant-{number:02}" for number in range(self.plan.tenants)] + [TWINS, RECOVERING]:
                tenants.create_tenant(database, self.installation.settings, name)
                self._keys[name] = tenants.create_key(database, name)
        with self.installation.owner() as owner:
            witness.install(owner)
        self.start(self.installation.settings)

    def start(self, settings: Settings, *, patient: bool = False) -> None:
        """Run all programs with these settings; `patient`: with the product's own back-off."""
        webhooks, secrets = self.installation.place.journal / WEBHOOKS, self._secrets
        arguments = (str(self._port), str(secrets), str(webhooks), f"receiver {self.plan.seed}")
        receiver = self.installation.helper("receiver", "tests.chaos.traffic.receiver", *arguments)
        programs = self.installation.programs(settings, receiver)
        if patient:
            self.installation.run(programs, Backoff)
        else:
            self.installation.run(programs)
        self._maintain_until(lambda: all(is_ready(HOST, port) for port in self.installation.ports), 120)
        self._maintain_until(lambda: all(self.installation.pid(name) for name in (*APIS, "beat")), 120)

    def disturb(self) -> None:
        """Clients and disturbances until the clients are done and nothing is under way."""
        keys = {name: key for name, key in self._keys.items() if name not in {TWINS, RECOVERING}}
        traffic = Traffic(self.plan, self._wire, self._requests, keys)
        decks = self._decks()
        deadline = time.monotonic() + self.plan.limit_seconds
        traffic.begin(f"http://{HOST}:{self._port}", self._secrets, self._nobody)
        while traffic.under_way or self._unfinished() > self.plan.window // 4 or not all(deck.rests for deck in decks):
            if time.monotonic() > deadline and all(deck.rests for deck in decks):
                self._requests.write("out of time", errands=traffic.done)
                break
            self.installation.maintain()
            for deck in decks:
                deck.turn()
            traffic.open_gate(wide=self._unfinished() < self.plan.window)
            time.sleep(TURN)
        self.timings |= {"dealt": [deck.dealt for deck in decks], "errands": traffic.done}
        traffic.end()
        self._wire.over.clear()

    def _decks(self) -> list[Deck]:
        """Two hands: one against the device workers, one against everything else, at the same time."""
        do, decks = Disturbances(self.installation, self._faults), []
        for hand in (Cards.against_devices, Cards.against_the_rest):
            rng = random.Random(f"{hand.__name__} {self.plan.seed}")
            decks.append(Deck(self.plan, partial(hand, Cards(self.plan, do, rng)), rng))
        return decks

    def calm_down(self) -> None:
        """Nobody disturbs; every job ends."""
        self._maintain_until(lambda: self._count(UNFINISHED) == 0, CALM_DOWN_SECONDS)

    def twins(self) -> None:
        """Every recipe again, undisturbed, on priors that are made anew."""
        with self.installation.owner() as owner:
            owner.execute("UPDATE prior_sets SET object_key = NULL, lease_until = now()")
        customer = self._customer(TWINS)
        customer.settle_in(f"http://{HOST}:{self._port}", self._secrets)
        for recipe in self.plan.pool():
            customer.fine_tune(recipe, twin=True)
        self._maintain_until(lambda: self._count(UNFINISHED) == 0, CALM_DOWN_SECONDS)

    def recover(self) -> None:
        """Kills in the middle of a job, with default leases; what they cost."""
        changed = {name for name in self.plan.changes if not name.startswith("webhook")}
        defaults = {name: field.default for name, field in Settings.model_fields.items() if name in changed}
        self.start(self.installation.settings.model_copy(update=defaults), patient=True)
        customer = self._customer(RECOVERING)
        customer.settle_in(f"http://{HOST}:{self._port}", self._secrets)
        recovery = Recovery(self.plan, self.installation, self._faults, customer, self._maintain_until)
        self.timings["recovered"] = recovery.measure()
        self._maintain_until(lambda: self._count(UNFINISHED) == 0, CALM_DOWN_SECONDS)

    def tidy(self) -> None:
        """Every webhook told or given up, then orphans and marked objects collected, whatever their age."""
        self._maintain_until(lambda: self._count(UNTOLD) == 0, CALM_DOWN_SECONDS)
        self.installation.rest()
        self._wire.close()
        settings = self.installation.settings.model_copy(update={"orphan_age_seconds": 0.0})
        time.sleep(1.1)  # the store's times are whole seconds
        store = ObjectStore(settings)
        with closing(Database.from_settings(settings)) as database:
            while artifacts.delete_marked_objects(database, store):
                pass
            self.timings["orphans"] = collect_orphans(database, store, settings)

    def _customer(self, name: str) -> Customer:
        return Customer(Client(self._wire, self._requests, name, self._keys[name]), [], [], lambda: None)

    def _unfinished(self) -> int:
        """How many jobs wait or run, counted now and then; the last count while the database is away."""
        counted_at, count = self._counted
        if time.monotonic() - counted_at > COUNT_SECONDS:
            fresh = self._count(UNFINISHED)
            count = count if fresh is None else fresh
            self._counted = time.monotonic(), count
        return count

    def _count(self, query: str) -> int | None:
        try:
            with self.installation.owner() as owner:
                row = owner.execute(query.encode()).fetchone()
        except psycopg.Error:
            return None
        return int(row[0]) if row else None

    def _maintain_until(self, what: Callable[[], object], patience: float) -> None:
        deadline = time.monotonic() + patience
        while not what():
            if time.monotonic() > deadline:
                raise NotCalm(patience, self.installation.logs)
            end = time.monotonic() + COUNT_SECONDS
            while time.monotonic() < end:
                self.installation.maintain()
                time.sleep(TURN)

    def _timed(self, phase: str, work: Callable[[], None]) -> None:
        begun = time.monotonic()
        sys.stderr.write(f"chaos: {phase} …\n")
        try:
            work()
        finally:
            self.timings[phase] = round(time.monotonic() - begun, 1)
            sys.stderr.write(f"chaos: {phase}: {self.timings[phase]} s\n")
