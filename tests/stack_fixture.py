"""The real servers for a test run: one stack for each process that runs tests."""

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from service.local.stack import Addresses, LocalStack


@pytest.fixture(scope="session")
def local_stack() -> Iterator[LocalStack]:
    """The servers themselves, for a test that kills one; `maintain()` brings it back."""
    folder = Path(tempfile.mkdtemp(prefix="sd", dir="/tmp"))
    folder.chmod(0o711)
    with LocalStack(folder / "data") as running:
        running.start()
        yield running
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def stack(local_stack: LocalStack) -> Addresses:
    """Where the servers are."""
    return local_stack.addresses
