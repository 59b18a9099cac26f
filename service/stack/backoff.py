class Backoff:
    """How long to wait before the next start: doubled at each death, forgotten after a long life."""

    def __init__(self, first: float = 0.5, ceiling: float = 30.0, forgiven_after: float = 60.0) -> None:
        self._first, self._ceiling, self._forgiven_after = first, ceiling, forgiven_after
        self._delay = first

    def after_a_life_of(self, seconds: float) -> float:
        """The pause in seconds."""
        if seconds >= self._forgiven_after:
            self._delay = self._first
        delay = self._delay
        self._delay = min(2 * delay, self._ceiling)
        return delay
