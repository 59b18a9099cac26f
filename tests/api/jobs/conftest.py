"""A customer's batches."""

import pytest
from fastapi.testclient import TestClient

from tests.api.jobs.batch_calls import Batches
from tests.conftest import Customer


@pytest.fixture
def batches(client: TestClient, alice: Customer) -> Batches:
    """Alice's calls."""
    return Batches(client, alice)
