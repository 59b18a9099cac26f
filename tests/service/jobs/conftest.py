"""An engine whose database is empty at the beginning of each test."""

from collections.abc import Iterator

import pytest

from service.infra.database import Database
from service.settings import Settings
from tests.service.jobs.engine import Engine


@pytest.fixture(scope="session")
def engine_of_the_run(database: Database, settings: Settings) -> Iterator[Engine]:
    """One engine for all tests of a process."""
    engine = Engine(database, settings)
    yield engine
    engine.close()


@pytest.fixture(autouse=True)
def engine(engine_of_the_run: Engine) -> Engine:
    """The engine with nothing in it."""
    engine_of_the_run.empty()
    return engine_of_the_run
