"""Server-sent events of one job: its history first, then what the hub hands out, until the job ends."""

import json
from collections.abc import AsyncIterator, Sequence
from datetime import UTC
from uuid import UUID

from starlette.responses import StreamingResponse

from api.hub import Hub
from service.ids import to_wire
from service.jobs.states import TERMINAL
from service.tables import JobEvent

KEEP_ALIVE = ": keep-alive\n\n"


class EventStream(StreamingResponse):
    """Text of the type that browsers and clients read as events."""

    media_type = "text/event-stream"


def event_stream(hub: Hub, job_id: UUID, seen: int, history: Sequence[JobEvent]) -> EventStream:
    """The answer that streams a job: `history` are its events past the number `seen`."""
    headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    return EventStream(frames(hub, job_id, seen, history), headers=headers)


async def frames(hub: Hub, job_id: UUID, seen: int, history: Sequence[JobEvent]) -> AsyncIterator[str]:
    """The stream's text. An event that is committed after `history` was read has a greater number: none is missed."""
    for event in history:
        yield frame(event)
        if event.type in TERMINAL:
            return
    with hub.watch(job_id, history[-1].seq if history else seen) as watcher:
        async for told in watcher.events():
            yield frame(told) if told else KEEP_ALIVE
            if told and told.type in TERMINAL:
                return


def frame(event: JobEvent) -> str:
    """One event as the wire has it; JSON has no line breaks, so one data line is enough."""
    created = event.created_at.astimezone(UTC).isoformat().replace("+00:00", "Z")
    data = event.data | {"job": to_wire("job", event.job_id), "created_at": created}
    return f"id: {event.seq}\nevent: {event.type}\ndata: {json.dumps(data)}\n\n"
