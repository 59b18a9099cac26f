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
        self._held: dict[int, int] = {}
        self._guard: subprocess.Popen[str] | None = None
        self._lock = threading.Lock()

    def hold(self, group: int, number: int) -> None:
        """From now on the group gets this signal, and later SIGKILL, if this process dies."""
        with self._lock:
            self._held[group] = number
            self._say(f"hold {group} {number}")

    def let_go(self, group: int) -> None:
        """The group has ended; its number may belong to a stranger soon."""
        with self._lock:
            self._held.pop(group, None)
            self._say(f"free {group} 0")

    def cut(self) -> None:
        """End the guard, and through it whatever is still held."""
        with self._lock:
            guard, self._guard = self._guard, None
            if guard is not None and guard.stdin is not None:
                with contextlib.suppress(OSError, subprocess.TimeoutExpired):
                    guard.stdin.close()
                    guard.wait(0 if self._held else 1)  # it waits for what is held, and that for our own end

    def _say(self, line: str) -> None:
        try:
            self._write(line)
        except OSError:  # the guard was killed: a new one learns everything that is held
            self._guard = None
            self._write("\n".join(f"hold {group} {number}" for group, number in self._held.items()))

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
    """The one of this process."""
    line = Lifeline()
    atexit.register(line.cut)
    return line
