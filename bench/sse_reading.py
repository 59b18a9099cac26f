"""Readers of event streams that check what they see, and take the stream up again where it broke."""

import asyncio
import json
import time
from collections.abc import Iterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from typing import Any

from bench.api_process import Api
from bench.wire import Connection, connection

OK = 200
LAST = frozenset({"succeeded", "failed", "canceled", "expired"})
AGAIN_SECONDS = 0.5
CONNECTING = 50  # readers that connect at a time
SMALL_BUFFER = 4096  # bytes of a slow reader's socket: what it does not read soon waits at the server


@dataclass
class Reading:
    """What one reader saw of a job: ids must come one by one. `late` are seconds since an event was written."""

    job: str
    key: str
    slow: bool = False
    last: int = 0
    ended: bool = False
    gaps: int = 0
    repeats: int = 0
    connects: int = 0
    refused: int = 0
    late: list[float] = field(default_factory=list)

    def see(self, number: int, kind: str, data: dict[str, Any], now: float) -> None:
        """Note an event; its data tells under `at` when it was written, if that matters."""
        if number <= self.last:
            self.repeats += 1
            return
        self.gaps += number != self.last + 1
        self.last, self.ended = number, kind in LAST
        if "at" in data:
            self.late.append(now - data["at"])

    def complete(self, events: int) -> bool:
        """Whether it saw a job of so many events to the end, each once and in order."""
        return self.ended and self.last == events and not (self.gaps or self.repeats)


def frames(text: bytes) -> Iterator[tuple[int, str, dict[str, Any]]]:
    """The events in some whole frames: (id, name, data); comments are passed over."""
    for block in text.decode().split("\n\n"):
        fields = dict(line.split(": ", 1) for line in block.split("\n") if line and not line.startswith(":"))
        if "data" in fields:
            yield int(fields["id"]), fields["event"], json.loads(fields["data"])


class Crowd:
    """All readers of one API process. The slow ones read nothing past the answer's head until they are woken."""

    def __init__(self, process: Api, readings: list[Reading]) -> None:
        self.readings = readings
        self.connected = 0
        self.awake = asyncio.Event()
        self._process = process
        self._connecting = asyncio.Semaphore(CONNECTING)
        self._following = [asyncio.create_task(self._follow(reading)) for reading in readings]

    async def all_connected(self) -> float:
        """Seconds until every reader that has not seen its job's end has a stream."""
        begun = time.perf_counter()
        while self.connected < sum(not reading.ended for reading in self.readings):  # noqa: ASYNC110 — a look is enough
            await asyncio.sleep(0.05)
        return time.perf_counter() - begun

    async def all_ended(self) -> None:
        """Return once every reader has seen its job's end."""
        await asyncio.gather(*self._following)

    async def _follow(self, reading: Reading) -> None:
        while not reading.ended:
            try:
                await self._connect(reading)
            except (OSError, asyncio.IncompleteReadError):
                await asyncio.sleep(AGAIN_SECONDS)

    async def _connect(self, reading: Reading) -> None:
        asleep = reading.slow and not self.awake.is_set()
        options = {"limit": SMALL_BUFFER, "receive_buffer": SMALL_BUFFER} if asleep else {}
        headers = {"Authorization": f"Bearer {reading.key}", "Last-Event-ID": str(reading.last)}
        async with AsyncExitStack() as stack:
            async with self._connecting:
                line = await stack.enter_async_context(connection(self._process.host, self._process.port, **options))
                head = await line.ask("GET", f"/v1/jobs/{reading.job}/events", headers)
            if head.status != OK:
                reading.refused += 1
                await asyncio.sleep(float(head.headers.get("retry-after", AGAIN_SECONDS)))
                return
            await self._read(reading, line, asleep=asleep)

    async def _read(self, reading: Reading, line: Connection, *, asleep: bool) -> None:
        reading.connects += 1
        self.connected += 1
        try:
            if asleep:
                await self.awake.wait()
            async for piece in line.chunks():
                for number, kind, data in frames(piece):
                    reading.see(number, kind, data, time.time())
        finally:
            self.connected -= 1
