"""Priority classes. A class is a handicap in seconds, so every job's turn comes: low classes age into high ones."""

from enum import StrEnum


class Priority(StrEnum):
    """What a job's client waits for: an answer now, a file of many, or a training."""

    INTERACTIVE = "interactive"
    BATCH = "batch"
    TRAINING = "training"


HANDICAP_SECONDS = {
    Priority.INTERACTIVE: 0.0,
    Priority.TRAINING: 60.0,  # trainings are long: pictures asked for within a minute go first
    Priority.BATCH: 600.0,
}
