"""The curves: one CSV a stage, and a line on the terminal with every row."""

import csv
import time
from pathlib import Path


class Journal:
    """Appends rows of numbers; a resumed run goes on in the same file."""

    def __init__(self, path: Path, stage: str) -> None:
        self._path = path
        self._stage = stage

    def write(self, **numbers: float) -> None:
        """Add one row; the first fixes the columns."""
        fresh = not self._path.exists()
        with self._path.open("a", newline="") as file:
            writer = csv.DictWriter(file, fieldnames=list(numbers), lineterminator="\n")
            if fresh:
                writer.writeheader()
            writer.writerow({name: f"{value:.6g}" for name, value in numbers.items()})
        words = " ".join(f"{name}={value:.5g}" for name, value in numbers.items())
        print(f"{time.strftime('%H:%M:%S')} {self._stage} {words}", flush=True)


def last_row(path: Path) -> dict[str, float]:
    """Return the newest numbers of a curve."""
    with path.open(newline="") as file:
        return {name: float(value) for name, value in list(csv.DictReader(file))[-1].items()}
