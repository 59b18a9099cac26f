"""Keeps a server or a process running: started again when it dies, after a delay that grows with each death."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

import structlog

_log = structlog.get_logger(__name__)


class Restartable(Protocol):
    """Something that runs, and can be started again: a server of the stack, or a program of our own."""

    @property
    def name(self) -> str:
        """What the log calls it."""

    @property
    def log(self) -> Path:
        """The file that its own output goes to."""

    @property
    def last_exit(self) -> str:
        """How its last process ended."""

    def alive(self) -> bool:
        """Whether its process runs now."""

    def spawn(self) -> None:
        """Start a process, without waiting for it to be ready."""


class Backoff:
    """How long to wait before the next start: doubled at each death, and reset after a long run."""

    def __init__(self, first: float = 0.5, ceiling: float = 30.0, reset_after: float = 60.0) -> None:
        self._first, self._ceiling, self._reset_after = first, ceiling, reset_after
        self._delay = first

    def next_delay(self, uptime: float) -> float:
        """The seconds to wait after a process that ran for `uptime` seconds."""
        if uptime >= self._reset_after:
            self._delay = self._first
        delay = self._delay
        self._delay = min(2 * delay, self._ceiling)
        return delay


class Restarter:
    """Starts one process again after its death, each time later, and logs each death in one line."""

    def __init__(self, process: Restartable, backoff: Backoff, clock: Callable[[], float] = time.monotonic) -> None:
        self._process, self._backoff, self._clock = process, backoff, clock
        self._started_at = clock()
        self._restart_at: float | None = None

    def maintain(self) -> None:
        """Check once, and restart if it is time; never waits. To be called from the main thread, often."""
        if self._restart_at is None:
            if not self._process.alive():
                self._schedule_restart(self._process.last_exit)
        elif self._clock() >= self._restart_at:
            self._restart()

    def _restart(self) -> None:
        self._restart_at, self._started_at = None, self._clock()
        try:
            self._process.spawn()
        except Exception as error:  # noqa: BLE001 — whatever keeps it from starting now may pass: it is tried again
            self._schedule_restart(str(error))

    def _schedule_restart(self, cause: str) -> None:
        delay = self._backoff.next_delay(self._clock() - self._started_at)
        self._restart_at = self._clock() + delay
        _log.warning("process_died", name=self._process.name, cause=cause, restart_in=delay, log=str(self._process.log))
