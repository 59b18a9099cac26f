"""Upkeep, with points where it holds what is not committed: `celery -A tests.chaos.upkeep_with_faults`."""

import worker.webhooks
from service.jobs import dependencies, upkeep
from tests.chaos.faults import always, surround
from worker.upkeep import app

__all__ = ["app"]

surround(upkeep, "take_back", after="in_reap", when=always)
surround(dependencies, "_settle_some", after="in_settle")
surround(worker.webhooks, "record", before="after_send")
