"""A short folder, and a mark for every process that a test causes."""

import shutil
import tempfile
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.service.local.process_tree import ProcessTree


@pytest.fixture
def tree() -> ProcessTree:
    """One mark for a test."""
    if not Path("/proc/self/environ").exists():
        pytest.skip("needs /proc to see every process")
    return ProcessTree(uuid.uuid4().hex)


@pytest.fixture
def place() -> Iterator[Path]:
    """A folder with a short path, for a socket, through which other users may walk."""
    folder = Path(tempfile.mkdtemp(prefix="sd", dir="/tmp"))
    folder.chmod(0o711)
    yield folder
    shutil.rmtree(folder, ignore_errors=True)
