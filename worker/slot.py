"""A slot: one device, one job at a time. It looks when the bell rings, and every few seconds without it."""

import os
import socket
import threading
from uuid import UUID

import structlog

from service.broker import Doorbell
from service.database import Database
from service.jobs.claim import Claim, claim
from service.object_store import ObjectStore
from service.settings import Settings
from worker.attempt import Attempt
from worker.orders import Order
from worker.workshop import Workshop

log = structlog.get_logger()


class Slot:
    """Claims and runs until nothing is claimable; whoever calls while it is busy goes away at once."""

    def __init__(self, device: str, database: Database, store: ObjectStore, settings: Settings, bell: Doorbell) -> None:
        self.name = f"{socket.gethostname()}:{os.getpid()}:{device}"
        self._database = database
        self._settings = settings
        self._bell = bell
        self._workshop = Workshop(device, database, store, settings, bell)
        self._busy = threading.Lock()
        self._rung = threading.Event()
        self._stopping = threading.Event()
        self._attempt: Attempt | None = None

    def look_forever(self) -> None:
        """The slot's own thread: an idle slot looks every `look_seconds`, broker or not."""
        self.run_until_idle()
        self._workshop.warm_up()
        while not self._stopping.is_set():
            self.run_until_idle()
            self._stopping.wait(self._settings.look_seconds)

    def run_until_idle(self) -> None:
        """Run jobs until there is none to claim. A bell that rings meanwhile makes the slot look once more."""
        self._rung.set()
        while self._rung.is_set() and self._busy.acquire(blocking=False):
            try:
                self._rung.clear()
                while not self._stopping.is_set() and self._run_one():
                    pass
            finally:
                self._busy.release()

    def wake(self, job_ids: frozenset[UUID]) -> None:
        """Have the heartbeat look at once if one of these is the job that runs."""
        attempt = self._attempt
        if attempt is not None and attempt.claim.job_id in job_ids:
            attempt.heartbeat.wake()

    def stop(self) -> None:
        """Claim nothing more; the running attempt hands its job over at its next step."""
        self._stopping.set()
        attempt = self._attempt
        if attempt is not None:
            attempt.orders.give(Order.HAND_OVER)

    def _run_one(self) -> bool:
        claimed = self._claim()
        if claimed is None:
            return False
        self._bell.changed([claimed.job_id])
        attempt = self._attempt = Attempt(claimed, self._database, self._settings, self._bell)
        if self._stopping.is_set():
            attempt.orders.give(Order.HAND_OVER)
        try:
            attempt.run(lambda: self._workshop.work(attempt))
        finally:
            self._attempt = None
        return True

    def _claim(self) -> Claim | None:
        try:
            with self._database.engine() as session:
                return claim(session, self.name, self._settings.lease_seconds, self._workshop.warm())
        except Exception as error:  # noqa: BLE001 — a database that is down must not end the slot
            log.warning("claim_failed", reason=type(error).__name__)
            return None
