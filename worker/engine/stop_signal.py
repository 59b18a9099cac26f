"""What an attempt is told while it runs, and how it stops: at its next step, by one of these exceptions."""

import threading
from enum import Enum

from service.enums import JobState


class StopReason(Enum):
    """Why an attempt is to stop."""

    CANCEL = "cancel"
    PAUSE = "pause"
    HAND_OVER = "hand over"
    LOST = "lost"


def stop_reason_of(state: JobState) -> StopReason | None:
    """What the state of its job tells an attempt to do, if it is not to go on."""
    return {JobState.CANCELING: StopReason.CANCEL, JobState.PAUSING: StopReason.PAUSE}.get(state)


class AttemptStopped(Exception):
    """Raised between two steps of an attempt that was told to stop."""

    def __init__(self, order: StopReason) -> None:
        super().__init__(f"told to stop: {order.value}")
        self.order = order


class StopSignal:
    """The place where the heartbeat and the worker's shutdown leave their orders. The first one counts."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._order: StopReason | None = None

    def give(self, order: StopReason) -> None:
        """Tell the attempt to stop; a lost lease overrules everything."""
        with self._lock:
            if self._order is None or order is StopReason.LOST:
                self._order = order

    @property
    def lost(self) -> bool:
        """Whether the lease is gone."""
        return self._order is StopReason.LOST

    def obey(self) -> None:
        """Raise Stop if there is an order."""
        if self._order is not None:
            raise AttemptStopped(self._order)
