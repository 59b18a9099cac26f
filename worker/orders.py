"""What an attempt is told while it runs, and how it stops: at its next step, by one of these exceptions."""

import threading
from enum import Enum

from service.jobs.states import JobState


class Order(Enum):
    """Why an attempt is to stop."""

    CANCEL = "cancel"
    PAUSE = "pause"
    HAND_OVER = "hand over"
    LOST = "lost"


def order_of(state: JobState) -> Order | None:
    """What the state of its job tells an attempt to do, if it is not to go on."""
    return {JobState.CANCELING: Order.CANCEL, JobState.PAUSING: Order.PAUSE}.get(state)


class Stop(Exception):
    """Raised between two steps of an attempt that was told to stop."""

    def __init__(self, order: Order) -> None:
        super().__init__(f"told to stop: {order.value}")
        self.order = order


class Orders:
    """The place where the heartbeat and the worker's shutdown leave their orders. The first one counts."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._order: Order | None = None

    def give(self, order: Order) -> None:
        """Tell the attempt to stop; a lost lease overrules everything."""
        with self._lock:
            if self._order is None or order is Order.LOST:
                self._order = order

    @property
    def lost(self) -> bool:
        """Whether the lease is gone."""
        return self._order is Order.LOST

    def obey(self) -> None:
        """Raise Stop if there is an order."""
        if self._order is not None:
            raise Stop(self._order)
