"""The broker carries two kinds of message, and the loss of either is harmless: "look", and "this job changed"."""

import threading
import time
from collections.abc import Iterable, Iterator
from typing import Any
from uuid import UUID

import redis
import structlog
from celery import Celery

from service.settings import Settings

WAKE_UP_TASK = "svdiff.ring"
DEVICE_QUEUE = "device"
UPKEEP_QUEUE = "upkeep"
CHANGED = "svdiff:changed"
CONNECT_TIMEOUT_SECONDS = 1.0
COALESCE_SECONDS = 0.05  # between two bells: what is asked for meanwhile becomes one
MAX_MESSAGES = 1000

log = structlog.get_logger()


def broker_url(settings: Settings) -> str:
    """The configured broker, or one that refuses at once, so that nothing falls back to a default host."""
    return settings.broker_url.get_secret_value() if settings.broker_url else "redis://127.0.0.1:1/0"


def celery_app(settings: Settings, name: str) -> Celery:
    """Celery without results, ETA or prefetching: its messages carry no work (docs/decisions/0001)."""
    app = Celery(name, broker=broker_url(settings), set_as_current=False)
    app.conf.update(
        task_ignore_result=True,
        task_acks_late=False,
        task_default_queue=DEVICE_QUEUE,
        worker_prefetch_multiplier=1,
        worker_hijack_root_logger=False,
        worker_redirect_stdouts=False,
        worker_send_task_events=False,
        broker_connection_retry_on_startup=True,
        broker_connection_max_retries=None,
        broker_transport_options={
            "socket_connect_timeout": CONNECT_TIMEOUT_SECONDS,
            "socket_timeout": 5.0,
            "socket_keepalive": True,
        },
        timezone="UTC",
    )
    return app


def connect(settings: Settings) -> "redis.Redis":
    """A plain connection for the notes about jobs."""
    return redis.Redis.from_url(
        broker_url(settings), socket_connect_timeout=CONNECT_TIMEOUT_SECONDS, socket_timeout=CONNECT_TIMEOUT_SECONDS
    )


class Notifier:
    """Rings from a thread of its own, so that no request and no device ever waits for the broker."""

    def __init__(self, settings: Settings) -> None:
        self._celery = celery_app(settings, "svdiff")
        self._redis = connect(settings)
        self._lock = threading.Lock()
        self._ring = False
        self._changed: set[UUID] = set()
        self._wake = threading.Event()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="doorbell", daemon=True)
        self._thread.start()

    def ring(self) -> None:
        """There is work: bells that are not yet rung become one."""
        with self._lock:
            self._ring = True
        self._wake.set()

    def changed(self, job_ids: Iterable[UUID]) -> None:
        """These jobs changed: whoever streams or runs them looks at once and not within a second."""
        with self._lock:
            self._changed.update(job_ids)
        self._wake.set()

    def close(self) -> None:
        """Say what is left to say, and end the thread."""
        self._stop.set()
        self._wake.set()
        self._thread.join(timeout=2 * CONNECT_TIMEOUT_SECONDS)

    def _run(self) -> None:
        while not self._stop.is_set():
            self._wake.wait()
            self._wake.clear()
            self._say(*self._take())
            self._stop.wait(COALESCE_SECONDS)
        self._say(*self._take())

    def _take(self) -> tuple[bool, set[UUID]]:
        with self._lock:
            taken = self._ring, self._changed
            self._ring, self._changed = False, set()
        return taken

    def _say(self, ring: bool, changed: set[UUID]) -> None:  # noqa: FBT001 — what _take took
        try:
            if changed:
                self._redis.publish(CHANGED, " ".join(job_id.hex for job_id in changed))
            if ring:
                self._celery.send_task(WAKE_UP_TASK, queue=DEVICE_QUEUE, retry=False, ignore_result=True, expires=60)
        except Exception as error:  # noqa: BLE001 — whatever a broker may raise, idle slots and the sweeper look anyway
            log.warning("bell_not_rung", reason=type(error).__name__)


def watch_changes(settings: Settings, *, patience: float) -> Iterator[frozenset[UUID]]:
    """The ids of jobs that changed, as they are told; an empty set each `patience` seconds, broker or not.

    A broker that is paused costs no more than one that refuses: what its time-out took is not waited again.
    """
    pause = threading.Event()
    while True:
        asked = time.monotonic()
        try:
            with subscribe(settings) as subscription:
                subscription.subscribe(CHANGED)
                while True:
                    asked = time.monotonic()
                    yield read_changes(subscription, patience)
        except (redis.RedisError, OSError):
            pause.wait(max(0.0, asked + patience - time.monotonic()))
            yield frozenset()


def read_changes(subscription: Any, patience: float) -> frozenset[UUID]:
    """The ids of the first note that comes within the patience, and of those that came with it."""
    changed: frozenset[UUID] = frozenset()
    message = subscription.get_message(timeout=patience)
    for _ in range(MAX_MESSAGES):
        if message is None:
            break
        changed |= parse(message["data"])
        message = subscription.get_message(timeout=0)
    return changed


def subscribe(settings: Settings) -> Any:
    """A listener to the notes about jobs; redis leaves its type out."""
    return connect(settings).pubsub(ignore_subscribe_messages=True)  # type: ignore[no-untyped-call]


def parse(data: bytes) -> frozenset[UUID]:
    """The ids of one note; nothing from a note that is none of ours."""
    try:
        return frozenset(UUID(hex=text) for text in data.decode().split())
    except ValueError:
        return frozenset()
