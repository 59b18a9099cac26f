"""Server-sent events of one job: its history first, then what the hub hands out, until the job ends."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from uuid import UUID

import structlog
from sqlalchemy.exc import SQLAlchemyError
from starlette.responses import Response, StreamingResponse
from starlette.types import Message, Receive, Scope, Send

from api.runtime import Runtime
from api.streaming.frames import KEEP_ALIVE, Frame, encode
from api.streaming.hub import Hub
from api.streaming.open_streams import OpenStreams
from api.streaming.topic import MAX_FRAMES
from service.enums import TERMINAL
from service.infra.database import Scope as TenantScope
from service.jobs.queries import list_events_after
from service.tables import Job

KEEP_ALIVE_SECONDS = 15.0  # below the idle limit of common proxies
SLOW_SECONDS = 30.0  # a reader that takes nothing for so long is dropped, and resumes by Last-Event-ID
FRAMES_A_SEND = 32

log = structlog.get_logger()


class SlowReader(Exception):
    """The reader's connection takes nothing more."""


class EventStream(StreamingResponse):
    """Text of the type that browsers and clients read as events; holds one of the process's places while it lasts."""

    media_type = "text/event-stream"

    def __init__(self, told: AsyncGenerator[bytes, None], streams: OpenStreams, tenant_id: UUID) -> None:
        super().__init__(told, headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"})
        self._told = told
        self._streams = streams
        self._tenant_id = tenant_id

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Stream; TooManyStreams or NoPlaceLeft before the first byte."""
        with self._streams.one(self._tenant_id):
            async with aclosing(self._told):
                try:
                    await super().__call__(scope, receive, with_deadline(send))
                except SlowReader:
                    log.info("reader_dropped")


def event_stream(runtime: Runtime, scope: TenantScope, row: Job, last: int) -> Response:
    """The answer that streams the job's events past number `last`; 204 if it has ended and there are none."""
    seen = min(last, row.event_seq)
    page = list_events_after(scope.session, {row.id: seen}, limit=MAX_FRAMES)
    if row.state in TERMINAL and not page:
        return Response(status_code=204)
    history = [encode(event, runtime.store.link) for event in page]
    told = stream_events(runtime.hub, row.id, seen, row.event_seq, history)
    return EventStream(told, runtime.streams, scope.tenant_id)


def with_deadline(send: Send) -> Send:
    """The same `send`; TooSlow once it has waited for the reader for too long."""

    async def send_in_time(message: Message) -> None:
        try:
            async with asyncio.timeout(SLOW_SECONDS):
                await send(message)
        except TimeoutError as error:
            raise SlowReader from error

    return send_in_time


async def stream_events(
    hub: Hub, job_id: UUID, seen: int, newest: int, history: Sequence[Frame]
) -> AsyncGenerator[bytes, None]:
    """The stream's text past the event `seen`, of which `history` is the beginning.

    `newest` is the job's last event when the history was read: what is committed later has a greater number and
    comes from the hub, so none is missed. A reader that the hub has left behind reads on from the database.
    """
    with hub.follow(job_id, newest) as topic:
        news: Sequence[Frame] | None = history
        while True:
            if news is None:
                news = await replay_frames(hub, job_id, seen)
                if not news:
                    return
            for start in range(0, len(news), FRAMES_A_SEND):
                frames = news[start : start + FRAMES_A_SEND]
                yield b"".join(frame.text for frame in frames)
                seen = frames[-1].number
                if frames[-1].last:
                    return
            news = topic.after(seen)
            if news == [] and not await topic.changed(KEEP_ALIVE_SECONDS):
                yield KEEP_ALIVE


async def replay_frames(hub: Hub, job_id: UUID, seen: int) -> Sequence[Frame]:
    """The next frames past `seen`; none while the database is down, which ends the stream: it can be resumed."""
    try:
        return await hub.replay(job_id, seen)
    except SQLAlchemyError as error:
        log.warning("events_not_replayed", reason=type(error).__name__)
        return ()
