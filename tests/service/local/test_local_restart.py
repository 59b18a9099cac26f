import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from service.local.stack import LocalStack
from tests.service.local.ledger import Ledger


@contextmanager
def strangers(*ports: int) -> Iterator[None]:
    """Somebody else listens there."""
    with ExitStack() as held:
        for port in ports:
            stranger = held.enter_context(socket.socket())
            stranger.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            stranger.bind(("127.0.0.1", port))
            stranger.listen()
        yield


def test_a_restart_keeps_data_and_addresses_and_changes_only_a_port_that_is_busy(tmp_path: Path) -> None:
    """Links that were given away stay good, unless a stranger listens there at the next start."""
    stack = LocalStack(tmp_path)
    with stack:
        first = stack.start()
        Ledger(first).write("one")
    with stack:
        assert stack.start() == first
        assert Ledger(first).read() == (["one"],) * 3
    ports = [int(url.rpartition(":")[2].removesuffix("/0")) for url in (first.s3_endpoint, first.broker_url)]
    with strangers(*ports), stack:
        second = stack.start()
        assert Ledger(second).read() == (["one"],) * 3
    assert second.s3_endpoint != first.s3_endpoint
    assert second.broker_url != first.broker_url
    assert second.database_url == first.database_url


@pytest.mark.slow
def test_a_start_is_quick(tmp_path: Path) -> None:
    """Under two seconds on an empty folder, about one on a used one; twice that is a fault, not a busy machine."""
    stack = LocalStack(tmp_path)
    for limit in (4, 2):
        with stack:
            begun = time.monotonic()
            stack.start()
            assert time.monotonic() - begun < limit
