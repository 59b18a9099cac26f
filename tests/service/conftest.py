"""A database of its own for the tests of the service: they claim, reap and empty as no other test could bear."""

from collections.abc import Iterator

import pytest

from service.bases import Manifest, register
from service.infra.database import Database
from service.infra.object_store import ObjectStore
from service.local.stack import Addresses
from service.settings import Settings
from tests.conftest import migrated


@pytest.fixture(scope="session")
def settings(stack: Addresses, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """A migrated database, the store and the broker."""
    return migrated(stack, tmp_path_factory.mktemp("factors"))


@pytest.fixture(scope="session")
def database(settings: Settings) -> Iterator[Database]:
    """The two everyday roles on it."""
    database = Database.from_settings(settings)
    yield database
    database.close()


@pytest.fixture(scope="session")
def store(settings: Settings) -> ObjectStore:
    """The real object store."""
    return ObjectStore(settings)


@pytest.fixture(scope="session")
def base(database: Database) -> str:
    """The name of a registered base that no worker can load."""
    register(database, "tiny", "/nowhere", Manifest(fingerprint="svd1-" + "0" * 64, resolution=64))
    return "tiny"
