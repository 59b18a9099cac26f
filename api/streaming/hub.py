"""One thread a process reads the new events of all followed jobs and hands them to the streams."""

import asyncio
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from uuid import UUID

import structlog
from starlette.concurrency import run_in_threadpool

from api.schemas.job import Link
from api.streaming.frames import Frame, encode
from api.streaming.topic import MAX_FRAMES, Topic
from service.infra.broker import watch_changes
from service.infra.database import Database
from service.jobs.queries import list_events_after
from service.settings import Settings

POLL_SECONDS = 1.0  # without a word from the broker
COALESCE_SECONDS = 0.02  # between two turns: what changes meanwhile is read together
MAX_REPLAYS = 4  # readers that are behind and read on from the database, at a time

log = structlog.get_logger()


class Hub:
    """Wakes when the broker tells of a followed job, else each second; one query a turn serves every stream."""

    def __init__(self, settings: Settings, database: Database, link: Link) -> None:
        self._settings = settings
        self._database = database
        self._link = link
        self._lock = threading.Lock()
        self._topics: dict[UUID, Topic] = {}
        self._replays = asyncio.Semaphore(MAX_REPLAYS)
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="hub", daemon=True)
        self._thread.start()

    @contextmanager
    def follow(self, job_id: UUID, seen: int) -> Iterator[Topic]:
        """The job's events past `seen`, for as long as the block lasts; needs a running event loop."""
        with self._lock:
            topic = self._topics.setdefault(job_id, Topic(seen))
            topic.followers += 1
        try:
            yield topic
        finally:
            with self._lock:
                topic.followers -= 1
                if not topic.followers:
                    del self._topics[job_id]

    async def ended(self, job_id: UUID, seen: int) -> None:
        """Return once an event past `seen` has ended the job."""
        with self.follow(job_id, seen) as topic:
            while not topic.ended:
                await topic.changed()

    async def replay(self, job_id: UUID, seen: int) -> Sequence[Frame]:
        """The job's next frames past `seen`, from the database; raises SQLAlchemyError while that is down."""
        async with self._replays:
            return (await run_in_threadpool(self._read, {job_id: seen})).get(job_id, ())

    def close(self) -> None:
        """End the thread at its next turn."""
        self._stop.set()
        self._thread.join(timeout=2 * POLL_SECONDS)

    def _run(self) -> None:
        looked = 0.0
        for changed in watch_changes(self._settings, patience=POLL_SECONDS):
            topics = self._followed()
            if time.monotonic() - looked >= POLL_SECONDS:
                looked = time.monotonic()
            else:
                topics = {job_id: topics[job_id] for job_id in changed & topics.keys()}
            while topics and not self._stop.is_set():
                topics = self._hand_out(topics)
                self._stop.wait(COALESCE_SECONDS)
            if self._stop.is_set():
                return

    def _followed(self) -> dict[UUID, Topic]:
        with self._lock:
            return dict(self._topics)

    def _hand_out(self, topics: Mapping[UUID, Topic]) -> dict[UUID, Topic]:
        """One page of each topic to its readers; the answer are the topics that may have more."""
        try:
            pages = self._read({job_id: topic.read for job_id, topic in topics.items()})
        except Exception as error:  # noqa: BLE001 — no failed read may end the thread that all streams live on
            log.warning("events_not_read", reason=type(error).__name__)
            return {}
        for job_id, page in pages.items():
            topics[job_id].read = page[-1].number
            publish(topics[job_id], page)
        return {job_id: topics[job_id] for job_id, page in pages.items() if len(page) == MAX_FRAMES}

    def _read(self, seen: dict[UUID, int]) -> dict[UUID, list[Frame]]:
        with self._database.engine() as session:
            events = list_events_after(session, seen, limit=MAX_FRAMES)
        pages: dict[UUID, list[Frame]] = {}
        for event in events:
            pages.setdefault(event.job_id, []).append(encode(event, self._link))
        return pages


def publish(topic: Topic, frames: Sequence[Frame]) -> None:
    """Hand frames to the topic in its own loop."""
    try:
        topic.loop.call_soon_threadsafe(topic.publish, frames)
    except RuntimeError:  # the loop has ended, and every stream with it
        log.debug("streams_gone")
