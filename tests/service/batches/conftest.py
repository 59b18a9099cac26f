"""The engine's fixtures, and a customer's batches."""

import pytest

from tests.conftest import Customer
from tests.service.batches.sender import Sender
from tests.service.jobs.conftest import engine, engine_of_the_run
from tests.service.jobs.engine import Engine

__all__ = ["engine", "engine_of_the_run"]


@pytest.fixture
def sender(engine: Engine, alice: Customer, base: str) -> Sender:
    """Alice's batches, in a database with nothing else in it."""
    return Sender(engine, alice, base)
