"""Upkeep: `celery -A worker.upkeep worker --pool solo` and `celery -A worker.upkeep beat`. No torch here."""

import threading
from functools import cache
from typing import Any

from celery.signals import worker_init, worker_shutting_down

from service import artifacts, expiry, orphans
from service.batches.cancel import cancel_lines
from service.batches.ending import end_finished
from service.broker import UPKEEP_QUEUE, Doorbell, celery_app
from service.database import Database, trusted
from service.jobs import dependencies, upkeep, workers
from service.logs import configure
from service.object_store import ObjectStore
from service.settings import Settings
from worker.webhooks import Mailroom

settings = Settings()
configure(settings)
app = celery_app(settings, "worker.upkeep")
app.conf.task_default_queue = UPKEEP_QUEUE
app.conf.beat_scheduler = "celery.beat.Scheduler"  # in memory: the default one pickles its schedule to a file
app.conf.beat_schedule = {
    "tend jobs": {"task": "svdiff.tend", "schedule": settings.sweep_seconds, "options": {"expires": 10}},
    "batches": {"task": "svdiff.batches", "schedule": settings.sweep_seconds, "options": {"expires": 10}},
    "collect": {"task": "svdiff.collect", "schedule": 4 * settings.sweep_seconds, "options": {"expires": 10}},
    "expire": {"task": "svdiff.expire", "schedule": settings.expiry_seconds, "options": {"expires": 600}},
}


@cache
def database() -> Database:
    """The process's pools."""
    return trusted(settings)


@cache
def store() -> ObjectStore:
    """The process's client of the store."""
    return ObjectStore(settings)


@cache
def bell() -> Doorbell:
    """The process's bell."""
    return Doorbell(settings)


@app.task(name="svdiff.tend", ignore_result=True)
def tend() -> None:
    """Reap what lost its worker, end what is past its deadline, unblock what waited; then ring if anything waits."""
    upkeep.reap(database(), settings)
    upkeep.expire(database())
    dependencies.settle(database())
    if upkeep.work_waits(database()):
        bell().ring()


@app.task(name="svdiff.batches", ignore_result=True)
def tend_batches() -> None:
    """Go on with cancels, and end the batches whose lines all have."""
    bell().changed(cancel_lines(database()))
    end_finished(database())


@app.task(name="svdiff.collect", ignore_result=True)
def collect() -> None:
    """Delete what is doomed, and forget old idempotency keys and slots."""
    while artifacts.collect(database(), store()):
        pass
    upkeep.forget_keys(database())
    workers.forget(database())


@app.task(name="svdiff.expire", ignore_result=True)
def expire() -> None:
    """Discard pictures past their time, and objects that no row speaks of."""
    expiry.expire_results(database(), settings)
    orphans.collect(database(), store(), settings)


@cache
def mailroom() -> Mailroom:
    """What sends the process's webhooks."""
    return Mailroom(database(), settings)


@worker_init.connect
def open_mailroom(**_: Any) -> None:
    """Beside the tasks: a receiver that takes its time keeps no job from being reaped."""
    for work in (mailroom().work_forever, mailroom().listen):
        threading.Thread(target=work, name="webhooks", daemon=True).start()


@worker_shutting_down.connect
def close_mailroom(**_: Any) -> None:
    """Finish what is under way."""
    mailroom().stop()
