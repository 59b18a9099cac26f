"""Why an attempt is to stop, and how it learns of it: between two of its steps."""

import threading
from collections.abc import Mapping
from enum import Enum

from service.enums import JobState


class StopReason(Enum):
    """Why an attempt is to stop."""

    CANCEL = "cancel"
    PAUSE = "pause"
    HAND_OVER = "hand over"
    LOST = "lost"


# What the state of a job asks of its attempt; any other state lets it go on.
STOP_REASONS: Mapping[JobState, StopReason] = {
    JobState.CANCELING: StopReason.CANCEL,
    JobState.PAUSING: StopReason.PAUSE,
}


class AttemptStopped(Exception):
    """Raised between two steps of an attempt that is to stop."""

    def __init__(self, reason: StopReason) -> None:
        super().__init__(f"The attempt is to stop: {reason.value}.")
        self.reason = reason


class StopSignal:
    """Set by the heartbeat and by the worker's shutdown, read by the attempt. The first reason counts."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._reason: StopReason | None = None

    def set(self, reason: StopReason) -> None:
        """Have the attempt stop; a lost lease overrules every other reason."""
        with self._lock:
            if self._reason is None or reason is StopReason.LOST:
                self._reason = reason

    @property
    def lost(self) -> bool:
        """Whether the lease is lost."""
        return self._reason is StopReason.LOST

    def raise_if_set(self) -> None:
        """Raise AttemptStopped if there is a reason to stop."""
        if self._reason is not None:
            raise AttemptStopped(self._reason)
