"""The driver's own record of what was promised to it and told to it: JSON lines, each on the disk before it counts."""

import json
import os
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

REQUESTS = "requests.jsonl"  # every answer that promised something
WEBHOOKS = "webhooks.jsonl"  # every delivery that reached the receiver
FAULTS = "faults.jsonl"  # every disturbance; what a process does to itself it writes down just before


class Journal:
    """One file that is only ever appended to. Safe to share between threads, and between processes."""

    def __init__(self, file: Path) -> None:
        self._lock = threading.Lock()
        self._descriptor = os.open(file, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)

    def write(self, what: str, **facts: Any) -> None:
        """Return once the entry is on the disk."""
        line = json.dumps({"at": time.time(), "what": what} | facts) + "\n"
        with self._lock:
            os.write(self._descriptor, line.encode())
            os.fsync(self._descriptor)

    def close(self) -> None:
        """No more entries."""
        os.close(self._descriptor)


def entries(file: Path) -> Iterator[dict[str, Any]]:
    """Every whole entry; a last line that a crash cut short promised nothing."""
    if not file.exists():
        return
    for line in file.read_bytes().splitlines(keepends=True):
        if line.endswith(b"\n"):
            yield json.loads(line)
