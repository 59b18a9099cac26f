"""Sends webhooks, in threads of the upkeep process apart from its tasks and from every device."""

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

COALESCE_SECONDS = 0.05  # between two polls, however often it is woken
CLEANUP_SECONDS = 20.0

log = structlog.get_logger()


class DeliveryPool:
    """Threads for one kind of endpoint: those that fail delay each other, and none whose deliveries succeed."""

    def __init__(self, *, healthy: bool, threads: int, done: Callable[[], None]) -> None:
        self.healthy = healthy
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="webhooks" if healthy else "webhooks-failing")
        self._done = done
        self._free_threads = threads
        self._lock = threading.Lock()

    def free_threads(self) -> int:
        """How many deliveries can begin at once."""
        with self._lock:
            return self._free_threads

    def start(self, deliver: Callable[[], None]) -> None:
        """Have a free thread do it."""
        with self._lock:
            self._free_threads -= 1
        self._pool.submit(self._run, deliver)

    def close(self) -> None:
        """Wait for the deliveries under way."""
        self._pool.shutdown()

    def _run(self, deliver: Callable[[], None]) -> None:
        try:
            deliver()
        finally:
            with self._lock:
                self._free_threads += 1
            self._done()


class WebhookDispatcher:
    """Claims due deliveries, sends them, and records the outcomes. Two dispatchers at once share the work."""

    def __init__(self, database: Database, settings: Settings, sender: Sender | None = None) -> None:
        self._database = database
        self._settings = settings
        self._sender = sender or Sender(settings)
        self._rng = random.Random()
        self._wake = threading.Event()
        self._stopping = threading.Event()
        self._cleaned_up_at = float("-inf")
        threads = settings.webhook_concurrency
        self._pools = (
            DeliveryPool(healthy=True, threads=threads, done=self._wake.set),
            DeliveryPool(healthy=False, threads=max(1, threads // 2), done=self._wake.set),
        )

    def run_forever(self) -> None:
        """The dispatcher's thread: it polls when woken, and every `webhook_poll_interval_seconds`, broker or not."""
        while not self._stopping.is_set():
            try:
                self.poll()
            except Exception as error:
                log.warning("webhook_poll_failed", exc_info=error)  # a database that is down comes back
            self._stopping.wait(COALESCE_SECONDS)
            self._wake.wait(self._settings.webhook_poll_interval_seconds)
            self._wake.clear()
        for pool in self._pools:
            pool.close()

    def listen(self) -> None:
        """Wake the dispatcher when a job changes: it may have ended. In a thread of its own: the broker may block."""
        for _ in watch_changes(self._settings, patience=self._settings.webhook_poll_interval_seconds):
            self._wake.set()
            if self._stopping.is_set():
                return

    def stop(self) -> None:
        """Begin no more deliveries; those under way are finished."""
        self._stopping.set()
        self._wake.set()

    def poll(self) -> None:
        """Begin as many of the due deliveries as there are threads for, and delete old ones now and then."""
        for pool in self._pools:
            self._fill(pool)
        if time.monotonic() - self._cleaned_up_at >= CLEANUP_SECONDS:
            clean_up(self._database, self._settings)
            self._cleaned_up_at = time.monotonic()

    def _fill(self, pool: DeliveryPool) -> None:
        while free_threads := pool.free_threads():
            with self._database.engine() as session:
                deliveries = claim_deliveries(session, self._settings, healthy=pool.healthy, most=free_threads)
            for delivery in deliveries:
                pool.start(partial(self._deliver, delivery))
            if not deliveries or self._stopping.is_set():
                return

    def _deliver(self, delivery: ClaimedDelivery) -> None:
        """Send outside of any transaction. What cannot be recorded is sent again when its lease ends."""
        try:
            outcome = self._sender.send(delivery)
            with self._database.engine() as session:
                record_outcome(session, delivery, outcome, self._settings, self._rng)
        except Exception as error:
            log.warning("delivery_not_recorded", webhook=str(delivery.endpoint_id), exc_info=error)
