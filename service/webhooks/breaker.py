"""The breaker of an endpoint: after some failures in a row its deliveries wait, and go one at a time to probe it."""

from service.settings import Settings

MOST_DOUBLINGS = 32  # far past any ceiling, and still a float


def is_open(failures: int, settings: Settings) -> bool:
    """Whether this many failures in a row are enough; then there is one probe at a time."""
    return failures >= settings.webhook_breaker_failures


def pause_after(failures: int, settings: Settings) -> float | None:
    """Seconds until the next probe: doubled by each that failed, up to a ceiling. None while the breaker is closed."""
    if not is_open(failures, settings):
        return None
    doublings = min(failures - settings.webhook_breaker_failures, MOST_DOUBLINGS)
    return min(settings.webhook_breaker_seconds * 2.0**doublings, settings.webhook_breaker_ceiling_seconds)
