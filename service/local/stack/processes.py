"""Child processes that do not outlive this one, each with its own log file."""

import contextlib
import ctypes
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

from service.local.stack.lifeline import lifeline

_LIBC = ctypes.CDLL(None) if sys.platform == "linux" else None  # loaded before any fork
_SET_PARENT_DEATH_SIGNAL = 1  # prctl(2)
_LARGE_LOG = 16 * 2**20


@dataclass(frozen=True)
class Command:
    """What to run and how.

    `environment` is added to this process's own; `death_signal` is what the process gets when this one
    dies; `user` is a (user id, group id) to change to; `inherited` are descriptors it keeps open.
    """

    argv: tuple[str, ...]
    log: Path
    folder: Path
    death_signal: signal.Signals
    environment: Mapping[str, str] = field(default_factory=dict)
    user: tuple[int, int] | None = None
    inherited: tuple[int, ...] = ()


class Child:
    """A running process in a session of its own, so that Ctrl-C in the terminal passes it by.

    It does not outlive this process: on Linux the kernel signals it when the *thread* that started it
    ends (so the main thread should), everywhere the guard ends it together with its own children.
    """

    def __init__(self, command: Command) -> None:
        uid, gid = command.user or (None, None)
        with _open_log(command.log) as log:
            self._process = subprocess.Popen(  # noqa: S603 — argv is made by this package's callers, no shell
                command.argv,
                cwd=command.folder,
                env={**os.environ, **command.environment},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                pass_fds=command.inherited,
                user=uid,
                group=gid,
                extra_groups=None if command.user is None else [],
                preexec_fn=_tie_to_this_thread(command.death_signal),  # noqa: PLW1509 — one system call, no allocation
            )
        self._group_ended = False
        lifeline().register(self.pid, command.death_signal)

    @property
    def pid(self) -> int:
        """Also the number of its process group."""
        return self._process.pid

    @property
    def exit(self) -> str:
        """How it ended, as text; empty while it runs."""
        code = self._process.returncode
        if code is None:
            return ""
        return f"signal {signal.Signals(-code).name}" if code < 0 else f"exit status {code}"

    def alive(self) -> bool:
        """Whether it runs; once it does not, its own children are ended too."""
        if self._process.poll() is None:
            return True
        self._end_group()
        return False

    def send(self, number: signal.Signals) -> None:
        """Signal the process alone, not its children."""
        with contextlib.suppress(ProcessLookupError):
            self._process.send_signal(number)

    def wait(self, timeout: float) -> bool:
        """Whether it has ended within so many seconds."""
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(timeout)
        return not self.alive()

    def kill(self) -> None:
        """End it and its children at once."""
        if self.alive():
            with contextlib.suppress(OSError):
                os.killpg(self.pid, signal.SIGKILL)
            self._process.wait()
            self._end_group()

    def _end_group(self) -> None:
        # What it started runs in its process group: an orphaned beat would send every task twice once its parent
        # is started again. Done once, since the number may belong to another program later.
        if not self._group_ended:
            self._group_ended = True
            with contextlib.suppress(OSError):
                os.killpg(self.pid, signal.SIGKILL)
            lifeline().unregister(self.pid)


def _tie_to_this_thread(number: signal.Signals) -> Callable[[], None] | None:
    libc, parent = _LIBC, os.getpid()
    if libc is None or threading.current_thread() is not threading.main_thread():
        return None

    def tie() -> None:
        libc.prctl(_SET_PARENT_DEATH_SIGNAL, int(number), 0, 0, 0)
        if os.getppid() != parent:  # it died before the call
            os._exit(1)

    return tie


def _open_log(file: Path) -> BinaryIO:
    if file.exists() and file.stat().st_size > _LARGE_LOG:
        file.replace(file.with_suffix(".old.log"))
    return os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600), "ab")
