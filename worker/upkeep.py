"""Upkeep: `celery -A worker.upkeep worker --pool solo` and `celery -A worker.upkeep beat`. No torch here."""

import threading
from functools import cache
from typing import Any

from celery.signals import worker_init, worker_shutting_down

from service.assets import artifacts, expiry, orphans
from service.batches.cancel import continue_cancellations
from service.batches.ending import end_finished
from service.infra.broker import UPKEEP_QUEUE, Notifier, celery_app
from service.infra.database import Database, connect_worker
from service.infra.logs import configure
from service.infra.object_store import ObjectStore
from service.jobs import maintenance, workers
from service.settings import Settings
from worker.webhook_dispatcher import WebhookDispatcher

settings = Settings()
configure(settings)
app = celery_app(settings, "worker.upkeep")
app.conf.task_default_queue = UPKEEP_QUEUE
app.conf.beat_scheduler = "celery.beat.Scheduler"  # in memory: the default one pickles its schedule to a file
app.conf.beat_schedule = {
    "maintain jobs": {
        "task": "svdiff.maintain_jobs",
        "schedule": settings.maintenance_interval_seconds,
        "options": {"expires": 10},
    },
    "maintain batches": {
        "task": "svdiff.maintain_batches",
        "schedule": settings.maintenance_interval_seconds,
        "options": {"expires": 10},
    },
    "collect garbage": {
        "task": "svdiff.collect_garbage",
        "schedule": 4 * settings.maintenance_interval_seconds,
        "options": {"expires": 10},
    },
    "expire results": {
        "task": "svdiff.expire_results",
        "schedule": settings.expiry_interval_seconds,
        "options": {"expires": 600},
    },
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
    """The process's way to wake workers and listeners."""
    return Notifier(settings)


@app.task(name="svdiff.maintain_jobs", ignore_result=True)
def maintain_jobs() -> None:
    """Take back lost jobs, end the overdue ones, unblock the ready ones; then wake the workers if a job waits."""
    maintenance.take_turn(database(), settings)
    if maintenance.has_claimable_work(database()):
        notifier().wake_workers()


@app.task(name="svdiff.maintain_batches", ignore_result=True)
def maintain_batches() -> None:
    """Go on with cancels, and end the batches whose lines all have."""
    notifier().jobs_changed(continue_cancellations(database()))
    end_finished(database())


@app.task(name="svdiff.collect_garbage", ignore_result=True)
def collect_garbage() -> None:
    """Delete the objects marked for deletion, old idempotency keys, and the rows of dead slots."""
    while artifacts.delete_marked_objects(database(), store()):
        pass
    maintenance.delete_old_idempotency_keys(database())
    workers.delete_dead_workers(database())


@app.task(name="svdiff.expire_results", ignore_result=True)
def expire_results() -> None:
    """Delete pictures past their retention, and objects that have no row."""
    expiry.expire_results(database(), settings)
    orphans.delete_orphans(database(), store(), settings)


@cache
def webhook_dispatcher() -> WebhookDispatcher:
    """The process's sender of webhooks."""
    return WebhookDispatcher(database(), settings)


@worker_init.connect
def start_webhooks(**_: Any) -> None:
    """In threads beside the tasks: a slow receiver keeps no job from being reaped."""
    for work in (webhook_dispatcher().run_forever, webhook_dispatcher().listen):
        threading.Thread(target=work, name="webhooks", daemon=True).start()


@worker_shutting_down.connect
def stop_webhooks(**_: Any) -> None:
    """Finish the deliveries under way."""
    webhook_dispatcher().stop()
