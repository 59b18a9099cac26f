import os
import time
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class ProcessTree:
    """Every process that inherited one mark, and its children, and theirs."""

    mark: str

    @property
    def environment(self) -> dict[str, str]:
        """For the first of them."""
        return {**os.environ, "SVDIFF_TEST_TREE": self.mark}

    def alive(self) -> dict[int, str]:
        """Process ids and command lines; zombies are not counted."""
        found = {}
        for folder in Path("/proc").iterdir():
            if folder.name.isdigit() and self._is_ours(folder):
                found[int(folder.name)] = _text(folder / "cmdline").replace("\0", " ")
        return found

    def wait_until_gone(self, timeout: float = 12.0) -> dict[int, str]:
        """Who is left in the end."""
        deadline = time.monotonic() + timeout
        while self.alive() and time.monotonic() < deadline:
            time.sleep(0.2)
        return self.alive()

    def _is_ours(self, folder: Path) -> bool:
        return self.mark in _text(folder / "environ")  # empty for a zombie


def _text(file: Path) -> str:
    try:
        return file.read_bytes().decode(errors="replace")
    except OSError:
        return ""
