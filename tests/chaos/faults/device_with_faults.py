"""The device worker, with points between a job's boundaries: `celery -A tests.chaos.faults.device_with_faults`."""

import worker.engine.attempt
import worker.engine.progress
import worker.slot
from service.assets import artifacts
from service.jobs import dependencies, ending, maintenance, training_state
from tests.chaos.faults.faults import always, surround
from worker.device import app

__all__ = ["app"]

surround(worker.slot, "claim", after="after_claim")
surround(worker.engine.progress.Progress, "step", before="before_step", after="after_step", when=always)
surround(artifacts, "upload", before="before_upload", after="after_upload")
surround(training_state, "save_training_state", after="in_state", when=always)  # its row is written, and not committed
surround(ending, "succeed", after="in_finish")  # its rows are written, and not committed
surround(worker.engine.attempt.Attempt, "_commit", before="before_finish", after="after_finish", when=always)
surround(maintenance, "take_back", after="in_reap", when=always)
surround(dependencies, "_resolve_chunk", after="in_settle")
