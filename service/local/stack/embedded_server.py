"""A real server of the local stack as a child process: started, checked, stopped."""

import os
import time
from abc import ABC, abstractmethod
from dataclasses import replace
from pathlib import Path
from signal import Signals
from typing import ClassVar

from service.local.stack.data_folder import DataFolder, read_pid, try_lock, write_pid
from service.local.stack.errors import ServerDidNotStartError, ServerStillRunningError
from service.local.stack.processes import Child, Command

_ATTEMPTS = 5
_POLL = 0.02


class EmbeddedServer(ABC):
    """A real server as a child process, with its data under one folder.

    Each run inherits a lock on that folder, down to its last forked backend: so a new run never meets an
    old one that is still dying, whatever has killed it.
    """

    name: ClassVar[str]
    stop_signal: ClassVar[Signals]
    stop_timeout: ClassVar[float] = 15.0

    def __init__(self, folder: DataFolder) -> None:
        self.home = folder.root / self.name
        self.log = folder.logs / f"{self.name}.log"
        self.last_exit = ""
        self.was_ready = False
        self._lock_file = folder.root / f"{self.name}.lock"
        self._child: Child | None = None
        self._stop_requested = False
        self._attempts = 0

    @abstractmethod
    def _prepare(self) -> None:
        """Make what the server needs on disk; no other run is alive meanwhile."""

    @abstractmethod
    def _command(self) -> Command:
        """How to run it."""

    @abstractmethod
    def _is_ready(self) -> bool:
        """Whether it can do its work now, not merely listens."""

    @property
    def pid(self) -> int | None:
        """Of the process that runs now."""
        return self._child.pid if self._child else None

    def start(self, timeout: float = 30.0) -> None:
        """Run until ready; nothing happens to a server that runs.

        Raises:
            ServerDidNotStartError: it died several times, or did not answer in time.
            ServerStillRunningError: a server of an earlier run does not end.
        """
        self.launch()
        self.wait_until_ready(timeout)

    def launch(self) -> None:
        """Begin a start without waiting; `wait_until_ready` makes further attempts."""
        self._attempts = 0
        try:
            self.spawn()
        except ServerStillRunningError:
            return  # it may be dying; waiting is the next call's duty

    def spawn(self) -> None:
        """Start the process if none runs, without waiting for it.

        Raises:
            ServerStillRunningError: a process of an earlier run is alive.
        """
        if self.alive():
            return
        lock = try_lock(self._lock_file)
        if lock is None:
            raise ServerStillRunningError(self.name, read_pid(self._lock_file))
        try:
            self._prepare()
            self._child = Child(replace(self._command(), inherited=(lock,)))
            self._stop_requested = False
            write_pid(lock, self._child.pid)
        finally:
            os.close(lock)
        self._attempts += 1

    def wait_until_ready(self, timeout: float = 30.0) -> None:
        """Wait until it works, and start it again should it die meanwhile; raises as `start` does."""
        deadline = time.monotonic() + timeout
        while not (self.alive() and self._is_ready()):
            late = time.monotonic() >= deadline
            if not self.alive():
                self._retry(give_up=late)
            elif late:
                raise self._failure()
            time.sleep(_POLL)
        self.was_ready = True

    def alive(self) -> bool:
        """Whether its process runs, ready or not."""
        if self._child is None:
            return False
        if self._child.alive():
            return True
        self.last_exit, self._child = self._child.exit, None
        return False

    def request_stop(self) -> None:
        """Begin a stop without waiting."""
        if self._child is not None and not self._stop_requested:
            self._stop_requested = True  # a second signal would mean "at once" to some of them
            self._child.send(self.stop_signal)

    def stop(self) -> None:
        """Stop it in good order, or by force after `stop_timeout`."""
        self.was_ready = False
        if self._child is None:
            return
        self.request_stop()
        if not self._child.wait(self.stop_timeout):
            self._child.kill()
        self.alive()

    def _retry(self, *, give_up: bool) -> None:
        if give_up or self._attempts >= _ATTEMPTS:
            raise self._failure()
        if self._attempts:
            time.sleep(0.1 * self._attempts)
        try:
            self.spawn()
        except ServerStillRunningError:
            if give_up:
                raise

    def _failure(self) -> ServerDidNotStartError:
        return ServerDidNotStartError(self.name, self.log, _last_line(self.log) or self.last_exit)


def _last_line(log: Path) -> str:
    try:
        lines = log.read_text(errors="replace").splitlines()
    except OSError:
        return ""
    return lines[-1][-300:] if lines else ""
