"""Events as the wire has them: encoded once, whoever reads them."""

import json
from dataclasses import dataclass
from typing import Any

from api.schemas.job import Link
from service.enums import TERMINAL
from service.ids import to_wire
from service.infra.clock import rfc3339
from service.jobs.attempt import SAMPLE
from service.tables import JobEvent

KEEP_ALIVE = b": keep-alive\n\n"


@dataclass(frozen=True, slots=True)
class Frame:
    """One event's text, its number, and whether it is the job's last."""

    number: int
    text: bytes
    last: bool


def encode(event: JobEvent, link: Link) -> Frame:
    """The event's frame, links new; JSON has no line breaks, so one data line is enough."""
    told = with_links(event.data, link) if event.type == SAMPLE else event.data
    data = json.dumps(told | {"job": to_wire("job", event.job_id), "created_at": rfc3339(event.created_at)})
    text = f"id: {event.seq}\nevent: {event.type}\ndata: {data}\n\n"
    return Frame(event.seq, text.encode(), event.type in TERMINAL)


def with_links(data: dict[str, Any], link: Link) -> dict[str, Any]:
    """A sample's data with links instead of the store's keys."""
    images = [
        {name: value for name, value in image.items() if name != "key"} | {"url": link(image["key"])}
        for image in data["images"]
    ]
    return data | {"images": images}
