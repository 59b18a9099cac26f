import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import pytest

from service.stack import Addresses, LocalStack
from tests.service.stack.ledger import Ledger


@pytest.fixture(scope="module")
def first_run(tmp_path_factory: pytest.TempPathFactory) -> tuple[LocalStack, Addresses]:
    """A stack that has run once, with one line written; and that was quick."""
    stack = LocalStack(tmp_path_factory.mktemp("stack"))
    with stack:
        begun = time.monotonic()
        addresses = stack.start()
        assert time.monotonic() - begun < 10  # 1.4 s on an idle machine
        Ledger(addresses).write("one")
    return stack, addresses


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


def test_data_and_addresses_survive_a_stop(first_run: tuple[LocalStack, Addresses]) -> None:
    """A second start finds every line under the same URLs: links that were given away stay good."""
    stack, addresses = first_run
    with stack:
        begun = time.monotonic()
        assert stack.start() == addresses
        assert time.monotonic() - begun < 8  # 0.9 s on an idle machine
        assert Ledger(addresses).read() == (["one"],) * 3


def test_a_busy_port_is_chosen_anew_and_the_data_stay(first_run: tuple[LocalStack, Addresses]) -> None:
    """A stranger sits on the store's and the broker's port at the next start."""
    stack, first = first_run
    ports = [int(url.rpartition(":")[2].removesuffix("/0")) for url in (first.s3_endpoint, first.broker_url)]
    with strangers(*ports), stack:
        second = stack.start()
        assert Ledger(second).read() == (["one"],) * 3
    assert second.s3_endpoint != first.s3_endpoint
    assert second.broker_url != first.broker_url
    assert second.database_url == first.database_url
