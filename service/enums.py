"""The closed sets of names that tables, events and the wire share."""

from enum import StrEnum


class JobState(StrEnum):
    """`blocked` waits for another job; the last four are final."""

    BLOCKED = "blocked"
    QUEUED = "queued"
    RUNNING = "running"
    PAUSING = "pausing"
    PAUSED = "paused"
    CANCELING = "canceling"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELED = "canceled"
    EXPIRED = "expired"


TERMINAL = frozenset({JobState.SUCCEEDED, JobState.FAILED, JobState.CANCELED, JobState.EXPIRED})
LEASED = frozenset({JobState.RUNNING, JobState.PAUSING, JobState.CANCELING})


class Priority(StrEnum):
    """What a job's client waits for: an answer now, a batch, or a training."""

    INTERACTIVE = "interactive"
    BATCH = "batch"
    TRAINING = "training"


HANDICAP_SECONDS = {
    Priority.INTERACTIVE: 0.0,
    Priority.TRAINING: 60.0,  # trainings are long: pictures requested within a minute go first
    Priority.BATCH: 600.0,
}


class DeliveryState(StrEnum):
    """`dead` is the dead-letter list: no more attempts, unless it is replayed."""

    PENDING = "pending"
    DELIVERED = "delivered"
    DEAD = "dead"


class WebhookEvent(StrEnum):
    """The events that an endpoint may subscribe to."""

    JOB_SUCCEEDED = "job.succeeded"
    JOB_FAILED = "job.failed"
    JOB_CANCELED = "job.canceled"
    JOB_EXPIRED = "job.expired"
    BATCH_ENDED = "batch.ended"


PING = "ping"  # sent on request, whatever the endpoint subscribes to
