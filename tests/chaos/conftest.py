"""Small runs on real servers: a database and a bucket for each."""

import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from service.infra.database import Database
from service.infra.object_store import create_client
from service.local.stack import Addresses
from tests.chaos.audit.small_run import SmallRun
from tests.chaos.traffic import witness
from tests.conftest import migrated

LOCAL = {"webhook_allow_http": True, "webhook_allowed_networks": ("127.0.0.0/8",), "max_attempts": 2}


@pytest.fixture(scope="session")
def new_run(stack: Addresses, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[], SmallRun]]:
    """Makes runs in which nothing has happened yet."""
    runs: list[SmallRun] = []

    def make() -> SmallRun:
        settings = migrated(stack, Path("/nowhere")).model_copy(update=LOCAL)
        settings = settings.model_copy(update={"s3_bucket": f"chaos-{uuid.uuid4().hex[:12]}"})
        create_client(settings, settings.s3_endpoint).create_bucket(Bucket=settings.s3_bucket)
        run = SmallRun(Database.from_settings(settings), settings, tmp_path_factory.mktemp("journal"))
        with run.owner() as owner:
            witness.install(owner)
        runs.append(run)
        return run

    yield make
    for run in runs:
        run.close()
        run.database.close()


@pytest.fixture
def run(new_run: Callable[[], SmallRun]) -> SmallRun:
    """One for a test that breaks it."""
    return new_run()
