"""A slot: one device, one job at a time. It looks when the bell rings, and every few seconds without it."""

import math
import os
import socket
import threading
import time
from collections.abc import Callable
from uuid import UUID

import structlog
from sqlalchemy.exc import OperationalError

from service.errors import Unavailable
from service.infra.broker import Notifier
from service.infra.database import Database
from service.infra.object_store import ObjectStore
from service.jobs.claim import claim
from service.jobs.dependencies import settle
from service.jobs.maintenance import reap
from service.jobs.specs import FINE_TUNE
from service.jobs.workers import check_in, check_out
from service.settings import Settings
from worker.engine.attempt import Attempt
from worker.engine.stop_signal import StopReason
from worker.job_runner import JobRunner

log = structlog.get_logger()


class Slot:
    """Claims and runs until nothing is claimable, in one thread of its own; a bell only tells it to look now."""

    def __init__(self, device: str, database: Database, store: ObjectStore, settings: Settings, bell: Notifier) -> None:
        self.name = f"{socket.gethostname()}:{os.getpid()}:{device}"
        self._database = database
        self._settings = settings
        self._bell = bell
        self._workshop = JobRunner(device, database, store, settings, bell)
        self._rung = threading.Event()
        self._stopping = threading.Event()
        self._attempt: Attempt | None = None
        self._seen = -math.inf  # when it last said that it lives

    def look_forever(self) -> None:
        """The slot's thread: it looks when the bell rings, and every `poll_interval_seconds`, broker or not."""
        self._turn(self.run_until_idle)
        self._turn(lambda: self._workshop.warm_up(self._stopping))
        while not self._stopping.is_set():
            self._turn(self.run_until_idle)
            self._rung.wait(self._settings.poll_interval_seconds)
            self._rung.clear()
        self._turn(lambda: check_out(self._database, self.name))

    def run_until_idle(self) -> None:
        """Take back what lost its worker, unblock what waited, then run jobs until there is none to claim."""
        reap(self._database, self._settings)
        settle(self._database)
        while not self._stopping.is_set() and self._run_one():
            pass

    def ring(self) -> None:
        """Have the slot look as soon as it is idle."""
        self._rung.set()

    def wake(self, job_ids: frozenset[UUID]) -> None:
        """Have the heartbeat look at once if one of these is the job that runs."""
        attempt = self._attempt
        if attempt is not None and attempt.claim.job_id in job_ids:
            attempt.heartbeat.wake()

    def stop(self) -> None:
        """Claim nothing more; the running attempt hands its job over at its next step."""
        self._stopping.set()
        self._rung.set()
        attempt = self._attempt
        if attempt is not None:
            attempt.orders.give(StopReason.HAND_OVER)

    def _turn(self, turn: Callable[[], None]) -> None:
        """Nothing that a turn meets may end the thread: a database that is down comes back."""
        try:
            turn()
        except (OperationalError, Unavailable) as error:  # no news at every look while a server is down
            log.warning("turn_failed", reason=type(error).__name__)
        except Exception:
            log.exception("turn_failed")

    def _check_in(self) -> None:
        """Say now and then that this slot lives; a long attempt's heartbeat says it too."""
        now = time.monotonic()
        if now - self._seen >= self._settings.poll_interval_seconds:
            with self._database.engine() as session:
                check_in(session, self.name)
            self._seen = now

    def _run_one(self) -> bool:
        self._check_in()
        claimed = claim(self._database, self.name, self._settings.lease_seconds, self._workshop.warm())
        if claimed is None:
            return False
        self._bell.jobs_changed([claimed.job_id])
        attempt = self._attempt = Attempt(claimed, self._database, self._settings, self._bell)
        if self._stopping.is_set():
            attempt.orders.give(StopReason.HAND_OVER)
        try:
            attempt.run(lambda: self._workshop.work(attempt))
        finally:
            self._attempt = None
        if claimed.kind == FINE_TUNE and settle(self._database):
            self._bell.wake_workers()
        return True
