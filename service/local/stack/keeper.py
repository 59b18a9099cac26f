"""Keeps a server or a process alive: started again when it dies, with back-off."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

import structlog

_log = structlog.get_logger(__name__)


class Kept(Protocol):
    """Something that runs, and can be started again: a server of the stack, or a program of our own."""

    @property
    def name(self) -> str:
        """What the log calls it."""

    @property
    def log(self) -> Path:
        """Where its own words go."""

    @property
    def last_exit(self) -> str:
        """How its last process ended."""

    def alive(self) -> bool:
        """Whether its process runs now."""

    def spawn(self) -> None:
        """Start a process, without waiting for it to be ready."""


class Backoff:
    """How long to wait before the next start: doubled at each death, forgotten after a long life."""

    def __init__(self, first: float = 0.5, ceiling: float = 30.0, forgiven_after: float = 60.0) -> None:
        self._first, self._ceiling, self._forgiven_after = first, ceiling, forgiven_after
        self._delay = first

    def after_a_life_of(self, seconds: float) -> float:
        """The pause in seconds."""
        if seconds >= self._forgiven_after:
            self._delay = self._first
        delay = self._delay
        self._delay = min(2 * delay, self._ceiling)
        return delay


class Keeper:
    """Starts one process again after its death, each time later, and says so in one line of the log."""

    def __init__(self, kept: Kept, backoff: Backoff, clock: Callable[[], float] = time.monotonic) -> None:
        self._kept, self._backoff, self._clock = kept, backoff, clock
        self._born = clock()
        self._due: float | None = None

    def tend(self) -> None:
        """Look once; never waits. To be called from the main thread, often."""
        if self._due is None:
            if not self._kept.alive():
                self._mourn(self._kept.last_exit)
        elif self._clock() >= self._due:
            self._start_again()

    def _start_again(self) -> None:
        self._due, self._born = None, self._clock()
        try:
            self._kept.spawn()
        except Exception as error:  # noqa: BLE001 — whatever keeps it from starting now may pass; its keeper stays
            self._mourn(str(error))

    def _mourn(self, cause: str) -> None:
        delay = self._backoff.after_a_life_of(self._clock() - self._born)
        self._due = self._clock() + delay
        _log.warning("process died", name=self._kept.name, cause=cause, again_in=delay, log=str(self._kept.log))
