"""Upkeep: `celery -A worker.upkeep worker --pool solo` and `celery -A worker.upkeep beat`. No torch here."""

from functools import cache

from service import artifacts
from service.broker import UPKEEP_QUEUE, Doorbell, celery_app
from service.database import Database, trusted
from service.jobs import upkeep
from service.logs import configure
from service.object_store import ObjectStore
from service.settings import Settings

settings = Settings()
configure(settings)
app = celery_app(settings, "worker.upkeep")
app.conf.task_default_queue = UPKEEP_QUEUE
app.conf.beat_scheduler = "celery.beat.Scheduler"  # in memory: the default one pickles its schedule to a file
app.conf.beat_schedule = {
    "tend jobs": {"task": "svdiff.tend", "schedule": settings.sweep_seconds, "options": {"expires": 10}},
    "collect": {"task": "svdiff.collect", "schedule": 4 * settings.sweep_seconds, "options": {"expires": 10}},
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
    """Reap what lost its worker, then ring if anything waits."""
    upkeep.reap(database(), settings)
    if upkeep.work_waits(database()):
        bell().ring()


@app.task(name="svdiff.collect", ignore_result=True)
def collect() -> None:
    """Delete what is doomed, and forget old idempotency keys."""
    artifacts.collect(database(), store())
    upkeep.forget_keys(database())
