"""Early stopping: when a training has stopped improving, as a function of the checks so far."""

from collections.abc import Sequence
from dataclasses import dataclass

from svdiff_core.errors import RecipeInvalid
from svdiff_core.parameters.declaration import check_values, parameter


@dataclass(frozen=True)
class Check:
    """What was measured after a step: text and image alignment, and the score by which steps are compared."""

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

    # fmt: off
    every: int = parameter(100, "Steps between two checks.", ge=1, limit=4000)
    patience: int = parameter(2, "Checks without improvement that end the training.", ge=1, limit=100)
    min_delta: float = parameter(0.0, "By how much a check must beat the best to count.", ge=0, limit=1)
    text_weight: float = parameter(0.5, "The share of text alignment in the score; the rest is image alignment.", ge=0, le=1)
    # fmt: on

    def __post_init__(self) -> None:
        check_values(self, RecipeInvalid)

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
