"""The logs of our own programs on the terminal."""

from pathlib import Path
from typing import TextIO


class LogEcho:
    """Copies new lines of a log file to the terminal, each under its program's name.

    Read from the file, not from a pipe: a program never waits for a slow terminal.
    """

    def __init__(self, name: str, log: Path, out: TextIO) -> None:
        self._name, self._log, self._out = name, log, out
        self._position = log.stat().st_size if log.exists() else 0
        self._rest = b""

    def copy(self) -> None:
        """Whole lines since the last call."""
        if not self._log.exists():
            return
        if self._log.stat().st_size < self._position:  # a new log was begun
            self._position = 0
        with self._log.open("rb") as log:
            log.seek(self._position)
            new_bytes = log.read()
        self._position += len(new_bytes)
        *lines, self._rest = (self._rest + new_bytes).split(b"\n")
        for line in lines:
            self._out.write(f"{self._name:>8} | {line.decode(errors='replace')}\n")
        self._out.flush()
