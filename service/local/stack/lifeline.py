"""The pipe to the guard, a process that ends our child processes once this one is dead."""

import atexit
import contextlib
import functools
import subprocess
import sys
import threading
from pathlib import Path

_GUARD = Path(__file__).with_name("guard.py")


class Lifeline:
    """Tells the guard which process groups must not outlive this process."""

    def __init__(self) -> None:
        self._groups: dict[int, int] = {}
        self._guard: subprocess.Popen[str] | None = None
        self._lock = threading.Lock()

    def register(self, group: int, number: int) -> None:
        """From now on the process group gets this signal, and later SIGKILL, if this process dies."""
        with self._lock:
            self._groups[group] = number
            self._send(f"add {group} {number}")

    def unregister(self, group: int) -> None:
        """The group has ended; its number may belong to a stranger soon."""
        with self._lock:
            self._groups.pop(group, None)
            self._send(f"remove {group} 0")

    def close(self) -> None:
        """End the guard, and through it every process group that is still registered."""
        with self._lock:
            guard, self._guard = self._guard, None
            if guard is not None and guard.stdin is not None:
                with contextlib.suppress(OSError, subprocess.TimeoutExpired):
                    guard.stdin.close()
                    guard.wait(0 if self._groups else 1)  # it waits for those groups, and these for our own end

    def _send(self, line: str) -> None:
        try:
            self._write(line)
        except OSError:  # the guard was killed: a new one gets the whole list
            self._guard = None
            self._write("\n".join(f"add {group} {number}" for group, number in self._groups.items()))

    def _write(self, text: str) -> None:
        if self._guard is None:
            self._guard = subprocess.Popen(  # noqa: S603 — our own file, run by our own interpreter
                [sys.executable, "-I", "-S", str(_GUARD)],
                stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                start_new_session=True,  # a Ctrl-C in the terminal is not for the guard
                text=True,
            )
        if self._guard.stdin is not None and text:
            self._guard.stdin.write(f"{text}\n")
            self._guard.stdin.flush()


@functools.cache
def lifeline() -> Lifeline:
    """The lifeline of this process, the same at each call."""
    line = Lifeline()
    atexit.register(line.close)
    return line
