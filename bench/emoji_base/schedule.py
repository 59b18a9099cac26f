"""The learning rate over a run: a linear warm-up, then half a cosine down to one percent."""

import math


def rate_at(peak: float, step: int, warm_up: int, share: float) -> float:
    """Return the rate of a step when `share` of the run (0 to 1) is behind it."""
    cosine = 0.01 + 0.99 * 0.5 * (1 + math.cos(math.pi * share))
    return peak * cosine * min(1.0, (step + 1) / warm_up)
