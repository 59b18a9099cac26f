"""Upkeep, with points where it holds what is not committed: `celery -A tests.chaos.faults.upkeep_with_faults`."""

import worker.webhook_dispatcher
from service.jobs import dependencies, maintenance
from tests.chaos.faults.faults import always, surround
from worker.upkeep import app

__all__ = ["app"]

surround(maintenance, "take_back", after="in_reap", when=always)
surround(dependencies, "_resolve_chunk", after="in_settle")
surround(worker.webhook_dispatcher, "record_outcome", before="after_send")
