"""The mailroom: threads of the upkeep process that send webhooks, apart from its tasks and from every device."""

import random
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import structlog

from service.infra.broker import watch_changes
from service.infra.database import Database
from service.settings import Settings
from service.webhooks.claim import ClaimedDelivery, claim_deliveries
from service.webhooks.cleanup import clean_up
from service.webhooks.outcome import record_outcome
from service.webhooks.sender import Sender

COALESCE_SECONDS = 0.05  # between two looks, however often the bell rings
CLEANUP_SECONDS = 20.0

log = structlog.get_logger()


class DeliveryPool:
    """Threads for one kind of endpoint: those that fail hold up each other, and nobody whose deliveries go well."""

    def __init__(self, *, healthy: bool, threads: int, done: Callable[[], None]) -> None:
        self.healthy = healthy
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="webhooks" if healthy else "webhooks-failing")
        self._done = done
        self._room = threads
        self._lock = threading.Lock()

    def room(self) -> int:
        """How many deliveries can begin at once."""
        with self._lock:
            return self._room

    def start(self, work: Callable[[], None]) -> None:
        """Have a free thread do it."""
        with self._lock:
            self._room -= 1
        self._pool.submit(self._run, work)

    def close(self) -> None:
        """Wait for what is under way."""
        self._pool.shutdown()

    def _run(self, work: Callable[[], None]) -> None:
        try:
            work()
        finally:
            with self._lock:
                self._room += 1
            self._done()


class WebhookDispatcher:
    """Looks for due deliveries, sends them, records how it went. Two of them at once share the work."""

    def __init__(self, database: Database, settings: Settings, sender: Sender | None = None) -> None:
        self._database = database
        self._settings = settings
        self._sender = sender or Sender(settings)
        self._rng = random.Random()
        self._wake = threading.Event()
        self._stopping = threading.Event()
        self._tidied = float("-inf")
        threads = settings.webhook_concurrency
        self._lanes = (
            DeliveryPool(healthy=True, threads=threads, done=self._wake.set),
            DeliveryPool(healthy=False, threads=max(1, threads // 2), done=self._wake.set),
        )

    def work_forever(self) -> None:
        """The dispatcher's thread: it polls when woken, and every `webhook_poll_interval_seconds`, broker or not."""
        while not self._stopping.is_set():
            try:
                self.look()
            except Exception as error:
                log.warning("webhooks_not_looked_for", exc_info=error)  # a database that is down comes back
            self._stopping.wait(COALESCE_SECONDS)
            self._wake.wait(self._settings.webhook_poll_interval_seconds)
            self._wake.clear()
        for lane in self._lanes:
            lane.close()

    def listen(self) -> None:
        """Wake when a job changed: it may have ended. A thread of its own, which the broker may keep waiting."""
        for _ in watch_changes(self._settings, patience=self._settings.webhook_poll_interval_seconds):
            self._wake.set()
            if self._stopping.is_set():
                return

    def stop(self) -> None:
        """Begin nothing more; what is under way is finished."""
        self._stopping.set()
        self._wake.set()

    def look(self) -> None:
        """Begin as many of the due deliveries as there are threads for, and tidy now and then."""
        for lane in self._lanes:
            self._fill(lane)
        if time.monotonic() - self._tidied >= CLEANUP_SECONDS:
            clean_up(self._database, self._settings)
            self._tidied = time.monotonic()

    def _fill(self, lane: DeliveryPool) -> None:
        while room := lane.room():
            with self._database.engine() as session:
                claimed = claim_deliveries(session, self._settings, healthy=lane.healthy, most=room)
            for one in claimed:
                lane.start(partial(self._deliver, one))
            if not claimed or self._stopping.is_set():
                return

    def _deliver(self, claimed: ClaimedDelivery) -> None:
        """Send outside of any transaction. What cannot be recorded is sent again when its lease ends."""
        try:
            outcome = self._sender.send(claimed)
            with self._database.engine() as session:
                record_outcome(session, claimed, outcome, self._settings, self._rng)
        except Exception as error:
            log.warning("delivery_not_recorded", webhook=str(claimed.endpoint_id), exc_info=error)
