"""What a delivery can be, and what it can be about."""

from enum import StrEnum


class DeliveryState(StrEnum):
    """`dead` is the dead-letter list: no more attempts, until somebody replays it."""

    PENDING = "pending"
    DELIVERED = "delivered"
    DEAD = "dead"


class EventType(StrEnum):
    """What an endpoint may ask to be told of."""

    JOB_SUCCEEDED = "job.succeeded"
    JOB_FAILED = "job.failed"
    JOB_CANCELED = "job.canceled"
    JOB_EXPIRED = "job.expired"
    BATCH_ENDED = "batch.ended"


PING = "ping"  # sent on request, whatever the endpoint asked for
