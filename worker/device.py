"""The device worker: `celery -A worker.device worker --pool threads`.

The task `svdiff.wake_up` has the slots poll for work; each works in a thread of its own, and also polls without it.
"""

import threading
from typing import Any

from celery.signals import worker_init, worker_shutting_down

from service.infra.broker import WAKE_UP_TASK, Notifier, celery_app, watch_changes
from service.infra.database import connect_worker
from service.infra.logs import configure
from service.infra.object_store import ObjectStore
from service.settings import Settings
from worker.devices import resolve_devices
from worker.slot import Slot

settings = Settings()
configure(settings)
app = celery_app(settings, "worker.device")
slots: list[Slot] = []


@app.task(name=WAKE_UP_TASK, ignore_result=True)
def wake_up() -> None:
    """Tell every slot that there may be work."""
    for slot in slots:
        slot.wake_up()


@worker_init.connect
def open_slots(**_: Any) -> None:
    """One slot a device, each with its thread. Not daemons: the process waits until jobs are handed over."""
    database = connect_worker(settings)
    store, notifier = ObjectStore(settings), Notifier(settings)
    slots.extend(Slot(device, database, store, settings, notifier) for device in resolve_devices(settings.devices))
    for slot in slots:
        threading.Thread(target=slot.run_forever, name=slot.name).start()
    threading.Thread(target=forward_changes, name="job-changes", daemon=True).start()


@worker_shutting_down.connect
def close_slots(**_: Any) -> None:
    """Stop at the next step, store the state, release the lease."""
    for slot in slots:
        slot.stop()


def forward_changes() -> None:
    """Pass the ids of changed jobs on to the slots, so that a cancel takes effect at the next step."""
    for job_ids in watch_changes(settings, patience=1.0):
        for slot in slots:
            slot.jobs_changed(job_ids)
