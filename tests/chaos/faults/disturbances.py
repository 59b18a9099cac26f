"""What the driver does to the installation. Each disturbance is a generator that yields while it waits."""

import math
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeAlias

import psycopg
import redis

from service.errors import Unavailable
from service.infra.object_store import ObjectStore
from service.local.up import is_ready
from tests.chaos.installation import APIS, HOST, Installation, is_stopped, send
from tests.chaos.journal import Journal

Disturbance: TypeAlias = Iterator[None]

ORDER_PATIENCE = 15.0  # seconds until somebody comes by the place of an order
RECOVERY_PATIENCE = 90.0
PROBE_SECONDS = 0.1
START_TIME = 19  # of the fields after a process's name in its stat


class Disturbances:
    """Every way in which a part of one installation can be disturbed; each is written down as it happens."""

    def __init__(self, installation: Installation, journal: Journal) -> None:
        self._installation, self._journal = installation, journal
        self._store = ObjectStore(installation.settings)

    def kill(self, name: str) -> Disturbance:
        """A program, wherever it is; then wait until its successor runs."""
        yield from self._signal(name, signal.SIGKILL, "kill")

    def hand_over(self, name: str) -> Disturbance:
        """As a deployment ends a process: SIGTERM."""
        yield from self._signal(name, signal.SIGTERM, "terminate")

    def kill_at(self, name: str, place: str) -> Disturbance:
        """A program, when it next comes by a place. What it does then, it writes down itself."""
        yield from self._ordered((name,), f"{place} kill")

    def kill_first_at(self, names: tuple[str, ...], place: str) -> Disturbance:
        """Whichever of these programs comes by the place first."""
        yield from self._ordered(names, f"{place} kill")

    def kill_twice(self, name: str, others: tuple[str, ...], place: str) -> Disturbance:
        """A program, and then whoever cleans up behind it."""
        yield from self.kill(name)
        yield from self.kill_first_at(tuple(other for other in others if other != name), place)

    def freeze_at(self, name: str, place: str, seconds: float) -> Disturbance:
        """A program, when it next comes by a place; it wakes after so many seconds, its lease long gone."""
        pid = self._installation.pid(name)
        if pid is None:
            return
        yield from self._ordered((name,), f"{place} freeze")
        yield from until(lambda: is_stopped(pid), 2.0)
        if is_stopped(pid):
            yield from waiting(seconds)
            self._journal.write("wake", target=name, pid=pid, seconds=seconds)
            send(pid, signal.SIGCONT)

    def flush_broker(self) -> Disturbance:
        """Everything that the broker knows is gone."""
        try:
            with self._broker() as client:
                client.flushall()
            self._journal.write("flushall", target="valkey")
        except redis.RedisError:
            pass  # it is just starting again
        yield

    def pause_server(self, name: str, seconds: float) -> Disturbance:
        """It takes connections and answers nothing."""
        pid = self._installation.pid(name)
        if pid is None:
            return
        self._journal.write("pause", target=name, pid=pid, seconds=seconds)
        send(pid, signal.SIGSTOP)
        yield from waiting(seconds)
        send(pid, signal.SIGCONT)

    def kill_server(self, name: str) -> Disturbance:
        """One of the three; then wait until it does its work again."""
        pid = self._installation.pid(name)
        if pid is None:
            return
        begun = time.time()
        self._journal.write("kill", target=name, pid=pid)
        send(pid, signal.SIGKILL)
        yield from self._recovered(name, pid, begun)

    def kill_backend(self) -> Disturbance:
        """One process of Postgres: it ends all connections and replays its log."""
        try:
            with self._installation.owner() as owner:
                query = "SELECT pid FROM pg_stat_activity WHERE usename = 'svdiff_engine' LIMIT 1"
                row = owner.execute(query).fetchone()
        except psycopg.Error:
            return
        if row is not None:
            begun = time.time()
            self._journal.write("kill", target="postgres backend", pid=row[0])
            send(row[0], signal.SIGKILL)
            yield
            yield from self._recovered("postgres", row[0], begun)

    def warm(self, names: tuple[str, ...]) -> str:
        """The program that has lived longest: it is at work, while a young one still loads."""
        return min(names, key=self._birth)

    def _birth(self, name: str) -> float:
        pid = self._installation.pid(name)
        try:
            return float(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[START_TIME])
        except OSError:
            return math.inf

    def _signal(self, name: str, number: signal.Signals, what: str) -> Disturbance:
        pid = self._installation.pid(name)
        if pid is None:
            return
        begun = time.time()
        self._journal.write(what, target=name, pid=pid)
        send(pid, number)
        yield from self._recovered(name, pid, begun)

    def _ordered(self, names: tuple[str, ...], order: str) -> Disturbance:
        """Leave the order, and wait until one has carried it out, or nobody comes by."""
        files = [self._installation.order(name) for name in names]
        yield from until(lambda: not any(file.exists() for file in files), ORDER_PATIENCE)  # another order's
        pids = {name: self._installation.pid(name) for name in names}
        for file in files:
            file.write_text(order)

        def taken() -> bool:
            return not all(file.exists() for file in files)

        def dead() -> bool:
            return any(self._installation.pid(name) != pid for name, pid in pids.items())

        yield from until(lambda: taken() or dead(), ORDER_PATIENCE)
        if not taken():
            self._journal.write("missed", target=names[0], order=order)
        for file in files:
            file.unlink(missing_ok=True)

    def _recovered(self, name: str, pid: int, begun: float) -> Disturbance:
        answers = self._probe(name)
        yield from until(lambda: self._installation.pid(name) not in {None, pid} and answers(), RECOVERY_PATIENCE)
        self._journal.write("recovered", target=name, seconds=round(time.time() - begun, 2))

    def _probe(self, name: str) -> Callable[[], bool]:
        """Whether a part does its work; for those that answer nobody, whether it runs."""
        if name in APIS:
            port = self._installation.ports[APIS.index(name)]
            return lambda: is_ready(HOST, port)
        probes = {"postgres": self._postgres_answers, "valkey": self._valkey_answers, "seaweed": self._store_answers}
        return probes.get(name, lambda: True)

    def _postgres_answers(self) -> bool:
        try:
            with self._installation.owner() as owner:
                owner.execute("SELECT 1")
        except psycopg.Error:
            return False
        return True

    def _valkey_answers(self) -> bool:
        try:
            with self._broker() as client:
                return bool(client.ping())
        except redis.RedisError:
            return False

    def _store_answers(self) -> bool:
        try:
            self._store.put(".ready", b"ready", "text/plain")
        except Unavailable:
            return False
        return True

    def _broker(self) -> "redis.Redis":
        assert self._installation.settings.broker_url
        return redis.Redis.from_url(self._installation.settings.broker_url.get_secret_value(), socket_timeout=1)


def waiting(seconds: float) -> Disturbance:
    """So many seconds."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        yield


def until(what: Callable[[], bool], patience: float) -> Disturbance:
    """Until it is so, looked at now and then, or patience ends."""
    end = time.monotonic() + patience
    while time.monotonic() < end and not what():
        yield from waiting(PROBE_SECONDS)
