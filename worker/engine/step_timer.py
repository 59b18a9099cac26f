"""How fast an attempt goes, so that one that hangs gives up its lease."""

import statistics
import time
from collections import defaultdict, deque
from collections.abc import Callable
from functools import partial

STALL_FACTOR = 10.0
KEPT_STEPS = 50


class StepTimer:
    """The time between the steps of each phase. Stalled: no step for max(floor, 10 x the phase's median step)."""

    def __init__(self, floor_seconds: float, clock: Callable[[], float] = time.monotonic) -> None:
        self.phase = ""
        self._floor = floor_seconds
        self._clock = clock
        self._last = clock()
        self._seconds: defaultdict[str, deque[float]] = defaultdict(partial(deque[float], maxlen=KEPT_STEPS))

    def step(self, phase: str) -> None:
        """A step of this phase is done."""
        now = self._clock()
        if phase == self.phase:
            self._seconds[phase].append(now - self._last)
        self.phase = phase
        self._last = now

    def median(self) -> float | None:
        """The median seconds of a step of this phase."""
        seconds = self._seconds[self.phase]
        return statistics.median(seconds) if seconds else None

    def stalled(self) -> bool:
        """Whether the present step takes far longer than it should."""
        return self._clock() - self._last > max(self._floor, STALL_FACTOR * (self.median() or 0.0))
