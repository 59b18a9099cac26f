"""The broker carries two kinds of message, each harmless to lose: "there may be work", and "these jobs changed"."""

import threading
import time
from collections.abc import Iterable, Iterator
from typing import Any
from uuid import UUID

import redis
import structlog
from celery import Celery

from service.settings import Settings

WAKE_UP_TASK = "svdiff.wake_up"
DEVICE_QUEUE = "device"
UPKEEP_QUEUE = "upkeep"
CHANGED = "svdiff:changed"
CONNECT_TIMEOUT_SECONDS = 1.0
COALESCE_SECONDS = 0.05  # between two messages: what is requested meanwhile becomes one
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
    """A plain connection, for the messages about jobs."""
    return redis.Redis.from_url(
        broker_url(settings), socket_connect_timeout=CONNECT_TIMEOUT_SECONDS, socket_timeout=CONNECT_TIMEOUT_SECONDS
    )


class Notifier:
    """Sends from a thread of its own, so that no request and no device ever waits for the broker."""

    def __init__(self, settings: Settings) -> None:
        self._celery = celery_app(settings, "svdiff")
        self._redis = connect(settings)
        self._lock = threading.Lock()
        self._work_waits = False
        self._changed_jobs: set[UUID] = set()
        self._wake = threading.Event()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="notifier", daemon=True)
        self._thread.start()

    def wake_workers(self) -> None:
        """There is work to claim; calls that are not sent yet become one message."""
        with self._lock:
            self._work_waits = True
        self._wake.set()

    def jobs_changed(self, job_ids: Iterable[UUID]) -> None:
        """These jobs changed: whoever streams or runs them reads their rows at once, not within a second."""
        with self._lock:
            self._changed_jobs.update(job_ids)
        self._wake.set()

    def close(self) -> None:
        """Send what is left to send, and end the thread."""
        self._stop.set()
        self._wake.set()
        self._thread.join(timeout=2 * CONNECT_TIMEOUT_SECONDS)

    def _run(self) -> None:
        while not self._stop.is_set():
            self._wake.wait()
            self._wake.clear()
            self._send(*self._take_pending())
            self._stop.wait(COALESCE_SECONDS)
        self._send(*self._take_pending())

    def _take_pending(self) -> tuple[bool, set[UUID]]:
        with self._lock:
            pending = self._work_waits, self._changed_jobs
            self._work_waits, self._changed_jobs = False, set()
        return pending

    def _send(self, work_waits: bool, changed_jobs: set[UUID]) -> None:  # noqa: FBT001 — what _take_pending gives
        try:
            if changed_jobs:
                self._redis.publish(CHANGED, " ".join(job_id.hex for job_id in changed_jobs))
            if work_waits:
                self._celery.send_task(WAKE_UP_TASK, queue=DEVICE_QUEUE, retry=False, ignore_result=True, expires=60)
        except Exception as error:  # noqa: BLE001 — whatever a broker may raise, idle slots and maintenance poll anyway
            log.warning("notification_not_sent", reason=type(error).__name__)


def watch_changes(settings: Settings, *, patience: float) -> Iterator[frozenset[UUID]]:
    """The ids of jobs that changed, as messages of them arrive; an empty set each `patience` seconds, broker or not.

    A broker that is paused costs no more than one that refuses: what its time-out took is not waited for again.
    """
    pause = threading.Event()
    while True:
        begun = time.monotonic()
        try:
            with subscribe(settings) as subscription:
                subscription.subscribe(CHANGED)
                while True:
                    begun = time.monotonic()
                    yield read_changes(subscription, patience)
        except (redis.RedisError, OSError):
            pause.wait(max(0.0, begun + patience - time.monotonic()))
            yield frozenset()


def read_changes(subscription: Any, patience: float) -> frozenset[UUID]:
    """The ids of the first message that comes within the patience, and of those that came with it."""
    changed: frozenset[UUID] = frozenset()
    message = subscription.get_message(timeout=patience)
    for _ in range(MAX_MESSAGES):
        if message is None:
            break
        changed |= parse(message["data"])
        message = subscription.get_message(timeout=0)
    return changed


def subscribe(settings: Settings) -> Any:
    """A subscription to the messages about jobs; redis leaves its type out."""
    return connect(settings).pubsub(ignore_subscribe_messages=True)  # type: ignore[no-untyped-call]


def parse(data: bytes) -> frozenset[UUID]:
    """The ids of one message; none from a message that is not ours."""
    try:
        return frozenset(UUID(hex=text) for text in data.decode().split())
    except ValueError:
        return frozenset()
