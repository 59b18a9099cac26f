"""How many threads a step should use while other programs come and go.

A step on two threads waits for the slower one: beside a busy neighbor one thread alone can be twice as quick,
on a free machine two are.
"""

import math
import statistics

import torch

EVERY, TRIAL = 100, 4  # steps


class ThreadChoice:
    """Tries every count for a few steps now and then, and keeps the quickest."""

    def __init__(self, most: int) -> None:
        self._counts = range(1, most + 1)
        self._seconds: dict[int, list[float]] = {}
        self._step = 0
        self.chosen = most

    def lap(self, seconds: float) -> None:
        """Take the time of the step just done and set the threads of the next."""
        self._seconds.setdefault(torch.get_num_threads(), []).append(seconds)
        self._step += 1
        position, trials = self._step % EVERY, len(self._counts) * TRIAL
        if position == 0:
            self._seconds.clear()
        if position < trials:
            torch.set_num_threads(self._counts[position // TRIAL])
        elif position == trials:
            self.chosen = min(self._counts, key=self._typical)
            torch.set_num_threads(self.chosen)

    def _typical(self, count: int) -> float:
        """Return the middle time of a count: the first step after a change is slower than the rest."""
        return statistics.median(self._seconds.get(count, [math.inf]))
