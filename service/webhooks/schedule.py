"""When a delivery is tried again, and how long it may go on."""

import random

from service.settings import Settings

JITTER = 0.1  # of each wait, up or down: receivers that failed together are not asked together


def wait_after(attempts: int, settings: Settings, rng: random.Random, retry_after: float = 0.0) -> float | None:
    """Seconds until the next attempt, once this many failed; None after the last one.

    A receiver may ask for more time (`retry_after`), up to the longest wait of the schedule.
    """
    waits = settings.webhook_retry_seconds
    if attempts > len(waits):
        return None
    wait = waits[attempts - 1] * rng.uniform(1 - JITTER, 1 + JITTER)
    return max(wait, min(retry_after, max(waits)))


def longest(settings: Settings) -> float:
    """Seconds in which every attempt is made, if nothing but the schedule holds them up."""
    return sum(settings.webhook_retry_seconds) * (1 + JITTER)
