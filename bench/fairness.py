"""How long a small tenant waits behind a large one, in job lengths.

    python -m bench.fairness --pending 1000 --out bench/results/fairness.csv

One tenant has so many jobs waiting, and has been served for a while; another then asks for one. Slots without a device
claim through the engine, hold each job for its length, and finish it. The wait is from the small tenant's commit to its
job's start, by the database's clock, in job lengths: 2 is the bound that we promise, since every slot may just have
begun a job of the large tenant, and the estimate of a new tenant's share may be level with it.
"""

import argparse
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path
from uuid import UUID

from sqlalchemy import select

from bench.table import append
from service import tenants
from service.enums import Priority
from service.infra.database import Database
from service.infra.migrate import migrate
from service.jobs import ending
from service.jobs.claim import claim
from service.jobs.ending import JobResult
from service.jobs.specs import GenerationSpec
from service.jobs.submission import JobDraft, submit_job
from service.local.connect import local_stack, settings_for_stack
from service.settings import Settings
from service.tables import Job

SPEC = GenerationSpec.model_construct(fingerprint="svd1-x", prompt="a dog")  # nobody samples it
FIELDS = ("pending", "slots", "job_seconds", "asked", "worst_wait_in_jobs", "mean_wait_in_jobs")


def main() -> None:
    """Measure, print, and add a row to the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pending", type=int, default=1000)
    parser.add_argument("--slots", type=int, default=2)
    parser.add_argument("--job-seconds", type=float, default=0.5)
    parser.add_argument("--asked", type=int, default=20, help="how often the small tenant asks")
    parser.add_argument("--out", type=Path)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, local_stack(Path(folder), Settings()) as stack:
        addresses = stack.start()
        settings = settings_for_stack(Settings(), addresses, Path(folder))
        migrate(addresses.database_url)
        waits = measure(settings, arguments)
    in_jobs = [wait / arguments.job_seconds for wait in waits]
    row = {name: getattr(arguments, name) for name in FIELDS[:4]}
    row |= {"worst_wait_in_jobs": round(max(in_jobs), 2), "mean_wait_in_jobs": round(sum(in_jobs) / len(in_jobs), 2)}
    print(row)
    if arguments.out:
        append(arguments.out, FIELDS, row)


def measure(settings: Settings, arguments: argparse.Namespace) -> list[float]:
    """The seconds that each of the small tenant's jobs waited."""
    database = Database.from_settings(settings)
    large, small = (tenants.create_tenant(database, settings, name) for name in ("large", "small"))
    for _ in range(arguments.pending):
        ask(database, large, arguments.job_seconds)
    stop = threading.Event()
    serve = slot(database, settings, arguments.job_seconds, stop)
    threads = [threading.Thread(target=serve, args=(f"slot-{number}",)) for number in range(arguments.slots)]
    for thread in threads:
        thread.start()
    waits = []
    for number in range(arguments.asked):
        time.sleep(arguments.job_seconds * (1 + number % 3 / 3))  # at different moments of the running jobs
        waits.append(wait_for(database, ask(database, small, arguments.job_seconds)))
    stop.set()
    for thread in threads:
        thread.join()
    database.close()
    return waits


def slot(database: Database, settings: Settings, job_seconds: float, stop: threading.Event) -> Callable[[str], None]:
    """A worker that claims, waits and finishes."""

    def serve(name: str) -> None:
        while not stop.is_set():
            taken = claim(database, name, settings.lease_seconds)
            if taken is None:
                time.sleep(0.01)
                continue
            time.sleep(job_seconds)
            with database.tenant(taken.tenant_id) as scope:
                ending.succeed(scope, taken, JobResult([], {"images": []}))

    return serve


def ask(database: Database, tenant_id: UUID, job_seconds: float) -> UUID:
    """A job of the tenant, its estimate right."""
    with database.tenant(tenant_id) as scope:
        draft = JobDraft("generation", SPEC, 1, job_seconds, input_ids=(), expires_in=None)
        return submit_job(scope, draft, Priority.INTERACTIVE).id


def wait_for(database: Database, job_id: UUID) -> float:
    """Seconds from the job's acceptance to its start."""
    while True:
        with database.engine() as session:
            job = session.scalars(select(Job).where(Job.id == job_id)).one()
        if job.started_at is not None and job.ended_at is not None:
            return (job.started_at - job.created_at).total_seconds()
        time.sleep(0.02)


if __name__ == "__main__":
    main()
