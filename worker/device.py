"""The device worker: `celery -A worker.device worker --pool threads`.

The task `svdiff.ring` says "look" to the slots; each works in a thread of its own, and also looks without a bell.
"""

import threading
from typing import Any

from celery.signals import worker_init, worker_shutting_down

from service.broker import RING_TASK, Doorbell, celery_app, changes
from service.database import trusted
from service.logs import configure
from service.object_store import ObjectStore
from service.settings import Settings
from worker.devices import resolve
from worker.slot import Slot

settings = Settings()
configure(settings)
app = celery_app(settings, "worker.device")
slots: list[Slot] = []


@app.task(name=RING_TASK, ignore_result=True)
def ring() -> None:
    """Tell every slot that there may be work."""
    for slot in slots:
        slot.ring()


@worker_init.connect
def open_slots(**_: Any) -> None:
    """One slot a device, each with its thread. Not daemons: the process waits until jobs are handed over."""
    database = trusted(settings)
    store, bell = ObjectStore(settings), Doorbell(settings)
    slots.extend(Slot(device, database, store, settings, bell) for device in resolve(settings.devices))
    for slot in slots:
        threading.Thread(target=slot.look_forever, name=slot.name).start()
    threading.Thread(target=pass_changes_on, name="changes", daemon=True).start()


@worker_shutting_down.connect
def close_slots(**_: Any) -> None:
    """Stop at the next step, store the state, release the lease."""
    for slot in slots:
        slot.stop()


def pass_changes_on() -> None:
    """Tell the slots which jobs changed, so that a cancel takes effect at the next step."""
    for job_ids in changes(settings, patience=1.0):
        for slot in slots:
            slot.wake(job_ids)
