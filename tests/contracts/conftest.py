"""The contracts are read off a running server."""

from collections.abc import Iterator

import httpx
import pytest

from service.settings import Settings
from tests.api.live import server


@pytest.fixture(scope="session")
def live(settings: Settings) -> Iterator[httpx.Client]:
    """A client of the application in a process of its own."""
    with server(settings) as client:
        yield client
