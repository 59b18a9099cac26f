"""Real receivers, and tables that are empty at the beginning of each test."""

from collections.abc import Iterator

import pytest

from service.infra.database import Database
from service.settings import Settings
from tests.service.webhooks.office import LOCAL, Office
from tests.service.webhooks.receiver import Receiver, listening


@pytest.fixture(scope="session")
def local_settings(settings: Settings) -> Settings:
    """Settings that let deliveries go to this machine, without TLS, and that do not wait long."""
    return settings.model_copy(update=LOCAL | {"webhook_timeout_seconds": 0.5})


@pytest.fixture
def office(database: Database, local_settings: Settings) -> Iterator[Office]:
    """Nobody's webhooks but the test's."""
    with Office.opened(database, local_settings) as office:
        yield office


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    """A customer's server."""
    with listening() as receiver:
        yield receiver
