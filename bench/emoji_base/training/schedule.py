"""The learning rate over a run: a linear warm-up, a plateau, and half a cosine down to one percent."""

import math


def rate_at(peak: float, step: int, steps: int, *, warm_up: int, decay_share: float) -> float:
    """Return the rate of a step of a run of so many; it falls over the last `decay_share` of them.

    A plateau lets a run be lengthened until its rate begins to fall, without changing what is behind it.
    """
    fall = decay_share * steps
    fallen = max(0.0, (step - (steps - fall)) / fall)
    cosine = 0.01 + 0.99 * 0.5 * (1 + math.cos(math.pi * min(fallen, 1.0)))
    return peak * cosine * min(1.0, (step + 1) / warm_up)
