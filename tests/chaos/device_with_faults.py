"""The device worker, with points between any two boundaries of a job: `celery -A tests.chaos.device_with_faults`."""

import worker.attempt
import worker.progress
import worker.slot
from service import artifacts
from service.jobs import dependencies, finish, training_state, upkeep
from tests.chaos.faults import always, surround
from worker.device import app

__all__ = ["app"]

surround(worker.slot, "claim", after="after_claim")
surround(worker.progress.Progress, "step", before="before_step", after="after_step", when=always)
surround(artifacts, "upload", before="before_upload", after="after_upload")
surround(training_state, "save", after="in_state", when=always)  # its row is written, and not committed
surround(finish, "succeed", after="in_finish")  # its rows are written, and not committed
surround(worker.attempt.Attempt, "_end", before="before_finish", after="after_finish", when=always)
surround(upkeep, "take_back", after="in_reap", when=always)
surround(dependencies, "_settle_some", after="in_settle")
