"""Upkeep: `celery -A worker.upkeep worker --pool solo` and `celery -A worker.upkeep beat`. No torch here."""

import threading
from functools import cache
from typing import Any

from celery.signals import worker_init, worker_shutting_down

from service.assets import artifacts, expiry, orphans
from service.batches.cancel import cancel_lines
from service.batches.ending import end_finished
from service.infra.broker import UPKEEP_QUEUE, Notifier, celery_app
from service.infra.database import Database, connect_worker
from service.infra.logs import configure
from service.infra.object_store import ObjectStore
from service.jobs import dependencies, maintenance, workers
from service.settings import Settings
from worker.webhook_dispatcher import WebhookDispatcher

settings = Settings()
configure(settings)
app = celery_app(settings, "worker.upkeep")
app.conf.task_default_queue = UPKEEP_QUEUE
app.conf.beat_scheduler = "celery.beat.Scheduler"  # in memory: the default one pickles its schedule to a file
app.conf.beat_schedule = {
    "tend jobs": {"task": "svdiff.tend", "schedule": settings.maintenance_interval_seconds, "options": {"expires": 10}},
    "batches": {
        "task": "svdiff.batches",
        "schedule": settings.maintenance_interval_seconds,
        "options": {"expires": 10},
    },
    "collect": {
        "task": "svdiff.collect",
        "schedule": 4 * settings.maintenance_interval_seconds,
        "options": {"expires": 10},
    },
    "expire": {"task": "svdiff.expire", "schedule": settings.expiry_interval_seconds, "options": {"expires": 600}},
}


@cache
def database() -> Database:
    """The process's pools."""
    return connect_worker(settings)


@cache
def store() -> ObjectStore:
    """The process's client of the store."""
    return ObjectStore(settings)


@cache
def notifier() -> Notifier:
    """The process's bell."""
    return Notifier(settings)


@app.task(name="svdiff.tend", ignore_result=True)
def maintain_jobs() -> None:
    """Reap what lost its worker, end what is past its deadline, unblock what waited; then ring if anything waits."""
    maintenance.reap(database(), settings)
    maintenance.expire(database())
    dependencies.settle(database())
    if maintenance.has_claimable_work(database()):
        notifier().wake_workers()


@app.task(name="svdiff.batches", ignore_result=True)
def maintain_batches() -> None:
    """Go on with cancels, and end the batches whose lines all have."""
    notifier().jobs_changed(cancel_lines(database()))
    end_finished(database())


@app.task(name="svdiff.collect", ignore_result=True)
def collect_garbage() -> None:
    """Delete what is doomed, and forget old idempotency keys and slots."""
    while artifacts.delete_marked_objects(database(), store()):
        pass
    maintenance.delete_old_idempotency_keys(database())
    workers.delete_dead_workers(database())


@app.task(name="svdiff.expire", ignore_result=True)
def expire() -> None:
    """Discard pictures past their time, and objects that no row speaks of."""
    expiry.expire_results(database(), settings)
    orphans.delete_orphans(database(), store(), settings)


@cache
def webhook_dispatcher() -> WebhookDispatcher:
    """What sends the process's webhooks."""
    return WebhookDispatcher(database(), settings)


@worker_init.connect
def start_webhooks(**_: Any) -> None:
    """Beside the tasks: a receiver that takes its time keeps no job from being reaped."""
    for work in (webhook_dispatcher().work_forever, webhook_dispatcher().listen):
        threading.Thread(target=work, name="webhooks", daemon=True).start()


@worker_shutting_down.connect
def stop_webhooks(**_: Any) -> None:
    """Finish what is under way."""
    webhook_dispatcher().stop()
