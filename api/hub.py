"""One thread a process reads the new events of all watched jobs and hands them to the streams."""

import asyncio
import threading
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import contextmanager
from uuid import UUID

import structlog

from service.broker import changes
from service.database import Database
from service.jobs.queries import events_after
from service.settings import Settings
from service.tables import JobEvent

PATIENCE_SECONDS = 1.0  # without a word from the broker
KEEP_ALIVE_SECONDS = 15.0  # below the idle limit of common proxies
WAITING_EVENTS = 256  # for one slow reader; then it is dropped, and resumes by Last-Event-ID

log = structlog.get_logger()


class Watcher:
    """One stream's view of one job: a bounded queue between the hub's thread and the stream's event loop."""

    def __init__(self, job_id: UUID, seq: int) -> None:
        self.job_id = job_id
        self.seq = seq  # the last event told; the hub's thread alone changes it
        self._loop = asyncio.get_running_loop()
        self._queue: asyncio.Queue[JobEvent] = asyncio.Queue(WAITING_EVENTS)
        self._dropped = False

    def tell(self, events: Sequence[JobEvent]) -> None:
        """Called by the hub's thread."""
        self.seq = events[-1].seq
        self._loop.call_soon_threadsafe(self._offer, events)

    async def events(self) -> AsyncIterator[JobEvent | None]:
        """The events in order, None in each pause of 15 s; ends early if this reader fell too far behind."""
        while not (self._dropped and self._queue.empty()):
            try:
                yield await asyncio.wait_for(self._queue.get(), KEEP_ALIVE_SECONDS)
            except TimeoutError:
                yield None

    def _offer(self, events: Sequence[JobEvent]) -> None:
        for event in events:
            self._dropped = self._dropped or self._queue.full()
            if self._dropped:
                return
            self._queue.put_nowait(event)


class Hub:
    """Wakes when the broker tells of a watched job, else each second; one query serves every stream."""

    def __init__(self, settings: Settings, database: Database) -> None:
        self._settings = settings
        self._database = database
        self._lock = threading.Lock()
        self._watchers: set[Watcher] = set()
        self._stop = False
        self._thread = threading.Thread(target=self._run, name="hub", daemon=True)
        self._thread.start()

    @contextmanager
    def watch(self, job_id: UUID, seq: int) -> Iterator[Watcher]:
        """Watch the job's events past `seq` for as long as the block lasts; needs a running event loop."""
        watcher = Watcher(job_id, seq)
        with self._lock:
            self._watchers.add(watcher)
        try:
            yield watcher
        finally:
            with self._lock:
                self._watchers.discard(watcher)

    def close(self) -> None:
        """End the thread at its next turn."""
        self._stop = True
        self._thread.join(timeout=2 * PATIENCE_SECONDS)

    def _run(self) -> None:
        read_at = 0.0
        for changed in changes(self._settings, patience=PATIENCE_SECONDS):
            if self._stop:
                return
            watchers = self._watching()
            waited = time.monotonic() - read_at >= PATIENCE_SECONDS
            if watchers and (waited or any(watcher.job_id in changed for watcher in watchers)):
                read_at = time.monotonic()
                self._hand_out(watchers)

    def _watching(self) -> list[Watcher]:
        with self._lock:
            return list(self._watchers)

    def _hand_out(self, watchers: Sequence[Watcher]) -> None:
        events = self._read(watchers)
        for watcher in watchers:
            new = [event for event in events.get(watcher.job_id, ()) if event.seq > watcher.seq]
            if new:
                self._tell(watcher, new)

    def _read(self, watchers: Sequence[Watcher]) -> dict[UUID, list[JobEvent]]:
        seen: dict[UUID, int] = {}
        for watcher in watchers:
            seen[watcher.job_id] = min(watcher.seq, seen.get(watcher.job_id, watcher.seq))
        found: dict[UUID, list[JobEvent]] = {}
        try:
            with self._database.engine() as session:
                for event in events_after(session, seen):
                    found.setdefault(event.job_id, []).append(event)
        except Exception as error:  # noqa: BLE001 — no failed read may end the thread that all streams live on
            log.warning("events_not_read", reason=type(error).__name__)
        return found

    @staticmethod
    def _tell(watcher: Watcher, events: Sequence[JobEvent]) -> None:
        try:
            watcher.tell(events)
        except RuntimeError:  # the stream's event loop has ended
            log.debug("stream_gone")
