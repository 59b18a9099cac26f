"""When a training has stopped improving: the rule alone, a function of the checks so far."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from svdiff_core.errors import RecipeInvalid


@dataclass(frozen=True)
class Check:
    """What was measured after a step, and the score by which steps are compared."""

    step: int
    text: float
    image: float
    score: float


@dataclass(frozen=True)
class StopRule:
    """A check each `every` steps and after the last; `patience` checks in a row without improvement end a training.

    The score of a check is w·text + (1-w)·image with w = `text_weight`. A check improves if its score is above that of
    the best so far by more than `min_delta`; the first always does.
    """

    every: int = 100
    patience: int = 2
    min_delta: float = 0.0
    text_weight: float = 0.5

    def __post_init__(self) -> None:
        for name in ("every", "patience"):
            if getattr(self, name) < 1:
                raise RecipeInvalid(name, "must be at least 1")
        if not 0 <= self.min_delta < math.inf:
            raise RecipeInvalid("min_delta", "must be a finite number of at least 0")
        if not 0 <= self.text_weight <= 1:
            raise RecipeInvalid("text_weight", "must lie in [0, 1]")

    def due(self, step: int, steps: int) -> bool:
        """Whether there is a check after this step of so many."""
        return step > 0 and (step % self.every == 0 or step == steps)

    def check(self, step: int, text: float, image: float) -> Check:
        """The check with its score."""
        return Check(step, text, image, self.text_weight * text + (1 - self.text_weight) * image)

    def best(self, checks: Sequence[Check]) -> Check | None:
        """The last check that improved; None before the first."""
        best: Check | None = None
        for check in checks:
            if best is None or check.score > best.score + self.min_delta:
                best = check
        return best

    def stops(self, checks: Sequence[Check]) -> bool:
        """Whether the last `patience` checks have all failed to improve."""
        best = self.best(checks)
        return best is not None and sum(check.step > best.step for check in checks) >= self.patience
