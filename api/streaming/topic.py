"""The newest events of one job, shared by all who follow it: each reader remembers no more than a number."""

import asyncio
from collections import deque
from collections.abc import Sequence
from itertools import islice

from api.streaming.frames import Frame

MAX_FRAMES = 64  # frames a job; a reader that is further behind reads on from the database


class Topic:
    """Knows the frames past `seen` and forgets the oldest. Belongs to the event loop that it was made in."""

    def __init__(self, seen: int) -> None:
        self.loop = asyncio.get_running_loop()
        self.followers = 0
        self.read = seen  # the last event that the hub has read; its thread alone uses this
        self._seen = seen
        self._frames: deque[Frame] = deque(maxlen=MAX_FRAMES)
        self._news = asyncio.Event()

    @property
    def ended(self) -> bool:
        """Whether the job's last event is here."""
        return bool(self._frames) and self._frames[-1].last

    def publish(self, frames: Sequence[Frame]) -> None:
        """Add frames, in order and without a gap, and wake who waits for them."""
        self._frames.extend(frames)
        news, self._news = self._news, asyncio.Event()
        news.set()

    def after(self, seen: int) -> list[Frame] | None:
        """The frames past an event's number; None if not all of those are remembered."""
        oldest = self._frames[0].number if self._frames else self._seen + 1
        if seen + 1 < oldest:
            return None
        return list(islice(self._frames, seen + 1 - oldest, None))

    async def changed(self, seconds: float | None = None) -> bool:
        """Whether there are new frames before so many seconds are over."""
        try:
            async with asyncio.timeout(seconds):
                await self._news.wait()
        except TimeoutError:
            return False
        return True
