from pathlib import Path
from typing import TextIO


class LogEcho:
    """Copies what a log file gains to the terminal, each line under its program's name.

    Read from the file, not from a pipe: a program never waits for a slow terminal.
    """

    def __init__(self, name: str, log: Path, out: TextIO) -> None:
        self._name, self._log, self._out = name, log, out
        self._read = log.stat().st_size if log.exists() else 0
        self._rest = b""

    def copy(self) -> None:
        """Whole lines since the last call."""
        if not self._log.exists():
            return
        if self._log.stat().st_size < self._read:  # it was begun anew
            self._read = 0
        with self._log.open("rb") as log:
            log.seek(self._read)
            gained = log.read()
        self._read += len(gained)
        *lines, self._rest = (self._rest + gained).split(b"\n")
        for line in lines:
            self._out.write(f"{self._name:>8} | {line.decode(errors='replace')}\n")
        self._out.flush()
