"""A slot: one device, one job at a time. It polls for work every few seconds, and at once when woken."""

import math
import os
import socket
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from uuid import UUID

import structlog
from sqlalchemy.exc import OperationalError

from service import bases
from service.errors import Unavailable
from service.infra.broker import Notifier
from service.infra.database import Database
from service.infra.object_store import ObjectStore
from service.jobs import maintenance, workers
from service.jobs.claim import claim
from service.settings import Settings
from worker.engine.attempt import Attempt
from worker.engine.context import Resources
from worker.engine.stop_signal import AttemptStopped, StopReason
from worker.jobs import run_job
from worker.models.loaded_bases import LoadedBases

log = structlog.get_logger()


class Slot:
    """Claims jobs and runs them, in one thread of its own; other threads only wake or stop it."""

    def __init__(
        self, device: str, database: Database, store: ObjectStore, settings: Settings, notifier: Notifier
    ) -> None:
        self.name = f"{socket.gethostname()}:{os.getpid()}:{device}"
        self._database = database
        self._settings = settings
        self._notifier = notifier
        self._loaded_bases = LoadedBases(settings, device)
        self._resources = Resources(settings, database, store, notifier, self._loaded_bases)
        self._wake = threading.Event()
        self._stopping = threading.Event()
        self._attempt: Attempt | None = None
        self._checked_in_at = -math.inf

    def run_forever(self) -> None:
        """The slot's thread: it polls when woken, and every `poll_interval_seconds`, broker or not."""
        self._survive(self.run_until_idle)
        self._survive(self._preload)
        while not self._stopping.is_set():
            self._survive(self.run_until_idle)
            self._wake.wait(self._settings.poll_interval_seconds)
            self._wake.clear()
        self._survive(self._check_out)

    def run_until_idle(self) -> None:
        """Run jobs until there is none to claim and idle maintenance frees none."""
        while not self._stopping.is_set():
            self._check_in()
            if self.run_one():
                continue
            if not maintenance.take_turn(self._database, self._settings):
                return
            self._notifier.wake_workers()

    def run_one(self) -> bool:
        """Claim a job and run it to its end; False if there is none to claim."""
        claimed = claim(self._database, self.name, self._settings.lease_seconds, self._loaded_bases.fingerprints())
        if claimed is None:
            return False
        attempt = self._attempt = Attempt(claimed, self._resources)
        if self._stopping.is_set():
            attempt.stop_signal.set(StopReason.HAND_OVER)
        try:
            attempt.run(run_job)
        finally:
            self._attempt = None
        return True

    def wake_up(self) -> None:
        """Have the slot poll for work as soon as it is idle."""
        self._wake.set()

    def jobs_changed(self, job_ids: frozenset[UUID]) -> None:
        """Have the heartbeat read the row at once if one of these is the job that runs."""
        attempt = self._attempt
        if attempt is not None and attempt.claim.job_id in job_ids:
            attempt.heartbeat.wake()

    def stop(self) -> None:
        """Claim nothing more; the running attempt hands its job over at its next step."""
        self._stopping.set()
        self._wake.set()
        attempt = self._attempt
        if attempt is not None:
            attempt.stop_signal.set(StopReason.HAND_OVER)

    def _survive(self, action: Callable[[], None]) -> None:
        """Do it, and let no error end the thread: a database that is down comes back."""
        try:
            action()
        except (OperationalError, Unavailable) as error:  # no news at every poll while a server is down
            log.warning("slot_error", reason=type(error).__name__)
        except Exception:
            log.exception("slot_error")

    def _preload(self) -> None:
        """Load the newest base, its factors included, before a job needs it; a stop interrupts it."""

        def raise_if_stopping(done: int, total: int) -> None:
            log.debug("factors", done=done, total=total)
            if self._stopping.is_set():
                raise AttemptStopped(StopReason.HAND_OVER)

        with self._database.app() as session:
            newest = bases.get_last_registered(session)
        if newest is not None and not self._stopping.is_set():
            with suppress(AttemptStopped):
                self._loaded_bases.get(newest, raise_if_stopping)

    def _check_in(self) -> None:
        """Record now and then that this slot is alive; during a long attempt its heartbeat does."""
        now = time.monotonic()
        if now - self._checked_in_at >= self._settings.poll_interval_seconds:
            with self._database.engine() as session:
                workers.check_in(session, self.name)
            self._checked_in_at = now

    def _check_out(self) -> None:
        workers.check_out(self._database, self.name)
