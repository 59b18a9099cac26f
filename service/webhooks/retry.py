"""When a delivery is tried again, how long it may go on, and the breaker of an endpoint that keeps failing."""

import random

from service.settings import Settings

JITTER = 0.1  # of each wait, up or down: receivers that failed together are not retried together
MAX_DOUBLINGS = 32  # far past any ceiling, and still a float


def retry_delay(attempts: int, settings: Settings, rng: random.Random, retry_after: float = 0.0) -> float | None:
    """Seconds until the next attempt, once this many failed; None after the last one.

    A receiver may ask for more time (`retry_after`), up to the longest wait of the schedule.
    """
    waits = settings.webhook_retry_seconds
    if attempts > len(waits):
        return None
    wait = waits[attempts - 1] * rng.uniform(1 - JITTER, 1 + JITTER)
    return max(wait, min(retry_after, max(waits)))


def schedule_seconds(settings: Settings) -> float:
    """Seconds in which every attempt is made, if nothing but the schedule delays them."""
    return sum(settings.webhook_retry_seconds) * (1 + JITTER)


def breaker_is_open(failures: int, settings: Settings) -> bool:
    """Whether this many failures in a row are enough; then there is one probe at a time."""
    return failures >= settings.webhook_breaker_failures


def breaker_pause(failures: int, settings: Settings) -> float | None:
    """Seconds until the next probe: doubled by each failed one, up to a ceiling. None while the breaker is closed."""
    if not breaker_is_open(failures, settings):
        return None
    doublings = min(failures - settings.webhook_breaker_failures, MAX_DOUBLINGS)
    return min(settings.webhook_breaker_seconds * 2.0**doublings, settings.webhook_breaker_max_seconds)
