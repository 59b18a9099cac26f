"""How many claims a second: processes that claim and finish nothing else, on the real local Postgres.

    python -m bench.claims --workers 2 --seconds 10 --out bench/results/claims.csv

Each claimer is a process of its own with one connection, as a device worker's slot is. The queue holds jobs of
several tenants, so that the fair choice is made each time. For comparison the same jobs are claimed by one plain
statement without fairness, caps, events or tokens: what the database alone can do on this machine, in the same run.
"""

import argparse
import multiprocessing
import tempfile
import time
from multiprocessing.synchronize import Barrier
from pathlib import Path

from sqlalchemy import create_engine, text

from bench.table import append
from service import tenants
from service.infra.database import Database
from service.infra.migrate import migrate
from service.jobs.claim import claim
from service.local.connect import local_stack, settings_for_stack
from service.settings import Settings

FIELDS = ("waiting", "tenants", "workers", "claims_a_second", "plain_a_second")
FILL = """
INSERT INTO jobs (id, tenant_id, kind, state, spec, fingerprint, steps, event_seq, estimate_seconds)
SELECT gen_random_uuid(), t.id, 'generation', 'queued', '{}', 'svd1-x', 1, 1, 1.0
FROM generate_series(1, :each), tenants t
"""
PLAIN = """
UPDATE jobs SET state = 'running' WHERE id = (
    SELECT id FROM jobs WHERE state = 'queued' ORDER BY tenant_id, urgent_at, id LIMIT 1 FOR UPDATE SKIP LOCKED
) RETURNING id
"""


def main() -> None:
    """Measure, print, and add a row to the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--tenants", type=int, default=20)
    parser.add_argument("--waiting", type=int, default=20_000)
    parser.add_argument("--seconds", type=float, default=5.0)
    parser.add_argument("--out", type=Path)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, local_stack(Path(folder), Settings()) as stack:
        addresses = stack.start()
        settings = settings_for_stack(Settings(), addresses, Path(folder))
        migrate(addresses.database_url)
        prepare(settings, addresses.database_url, arguments.tenants, arguments.waiting)
        row = {"waiting": arguments.waiting, "tenants": arguments.tenants, "workers": arguments.workers}
        for name, plain in (("claims_a_second", False), ("plain_a_second", True)):
            row[name] = round(rate(settings, arguments.workers, arguments.seconds, plain=plain))
    print(row)
    if arguments.out:
        append(arguments.out, FIELDS, row)


def prepare(settings: Settings, owner_url: str, count: int, waiting: int) -> None:
    """Fill the queue evenly."""
    database = Database.from_settings(settings)
    for number in range(count):
        tenants.create_tenant(database, settings, f"tenant-{number}")
    database.close()
    owner = create_engine(owner_url)
    with owner.begin() as connection:
        connection.execute(text("SET LOCAL row_security = off"))
        connection.execute(text(FILL), {"each": waiting // count})
        connection.execute(text("UPDATE tenant_loads SET pending = :each, max_running = 1000000"), {"each": waiting})
    with owner.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("VACUUM ANALYZE jobs"))
    owner.dispose()


def rate(settings: Settings, workers: int, seconds: float, *, plain: bool) -> float:
    """Claims a second of so many processes together."""
    context = multiprocessing.get_context("spawn")
    barrier, counts = context.Barrier(workers), context.Queue()
    arguments = (settings.environment(), barrier, counts, seconds, plain)
    processes = [context.Process(target=claimer, args=arguments) for _ in range(workers)]
    for process in processes:
        process.start()
    total = sum(counts.get(timeout=60 + seconds) for _ in processes)
    for process in processes:
        process.join()
    return float(total) / seconds


def claimer(
    environment: dict[str, str],
    barrier: Barrier,
    counts: "multiprocessing.Queue[int]",
    seconds: float,
    plain: bool,  # noqa: FBT001 — multiprocessing passes by position
) -> None:
    """Claim until the time is over."""
    import os

    os.environ.update(environment)
    settings = Settings()
    database = Database.from_settings(settings)
    count = 0
    barrier.wait()
    until = time.monotonic() + seconds
    with database.engine_statement() as connection:
        while time.monotonic() < until:
            if plain:
                count += connection.execute(text(PLAIN)).one_or_none() is not None
            else:
                count += claim(database, f"worker-{os.getpid()}", 60.0, ("svd1-x",)) is not None
    counts.put(count)


if __name__ == "__main__":
    main()
