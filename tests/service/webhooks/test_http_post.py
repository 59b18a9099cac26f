"""What a receiver may do to us, and what it gets to see."""

import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from ipaddress import ip_address

import pytest

from service.webhooks.http_post import Deadline, DeliveryFailed, ReceiverResponse, post
from service.webhooks.urls import Target, parse_target
from tests.service.webhooks.receiver import CERTIFICATE, Receiver, listening

HERE = (ip_address("127.0.0.1"),)
Talk = Callable[[socket.socket], None]


def send(target: Target, seconds: float = 5.0, places: tuple[str, ...] = ("127.0.0.1",)) -> ReceiverResponse:
    """A POST to a target whose name we looked up already."""
    context = ssl.create_default_context(cafile=str(CERTIFICATE))
    found = [ip_address(place) for place in places]
    return post(target, found, {"webhook-id": "msg_1"}, b"{}", Deadline(seconds), context)


@contextmanager
def talking(talk: Talk) -> Iterator[Target]:
    """A server that says what it likes to whoever connects."""

    def serve() -> None:
        with suppress(OSError), listener.accept()[0] as client:
            client.recv(2**16)
            talk(client)

    with socket.create_server(("127.0.0.1", 0)) as listener:
        threading.Thread(target=serve, daemon=True).start()
        yield Target("receiver.test", listener.getsockname()[1], "/", secure=False)


def test_a_receiver_sees_a_plain_post(receiver: Receiver) -> None:
    """To the path and under the name of the URL, with nothing of ours but what belongs to a webhook."""
    answer = send(parse_target(f"http://receiver.test:{receiver.port}/hook?of=svdiff", http=True))
    assert answer == ReceiverResponse(200, 0.0)
    (seen,) = receiver.requests
    assert (seen.path, seen.body) == ("/hook?of=svdiff", b"{}")
    assert seen.headers == {
        "host": f"receiver.test:{receiver.port}",
        "user-agent": "svdiff-webhooks",
        "content-type": "application/json",
        "content-length": "2",
        "connection": "close",
        "webhook-id": "msg_1",
    }


def test_over_tls_the_name_of_the_url_is_asked_for_and_verified() -> None:
    """Though the connection goes to an address: SNI and certificate are those of the name."""
    with listening(encrypted=True) as receiver:
        target = Target("receiver.test", receiver.port, "/")
        assert send(target).status == 200
        assert receiver.names == ["receiver.test"]
        with pytest.raises(DeliveryFailed, match="tls"):
            send(Target("other.test", receiver.port, "/"))
        with pytest.raises(DeliveryFailed, match="tls"):
            post(target, HERE, {}, b"{}", Deadline(5), ssl.create_default_context())
    assert len(receiver.requests) == 1


def test_a_redirect_is_an_answer_like_any_other(receiver: Receiver) -> None:
    """Nobody follows it."""
    with listening() as elsewhere:
        receiver.statuses, receiver.headers = [307], {"Location": elsewhere.url}
        assert send(parse_target(receiver.url, http=True)).status == 307
    assert (len(receiver.requests), elsewhere.requests) == (1, [])


@pytest.mark.parametrize(
    ("value", "seconds"), [("120", 120.0), ("0", 0.0), ("-1", 0.0), ("1e9", 0.0), ("9" * 12, 0.0), ("Mon", 0.0)]
)
def test_a_receiver_may_ask_for_time_in_seconds(receiver: Receiver, value: str, seconds: float) -> None:
    """Anything else in Retry-After is as if it were not there."""
    receiver.statuses, receiver.headers = [503], {"Retry-After": value}
    assert send(parse_target(receiver.url, http=True)) == ReceiverResponse(503, seconds)


def drip(client: socket.socket) -> None:
    """A head that never ends, a byte at a time."""
    while True:
        client.sendall(b"X")
        time.sleep(0.05)


def test_a_dripping_answer_ends_with_the_deadline() -> None:
    """The time is that of the whole attempt, not of each read."""
    begun = time.monotonic()
    with talking(drip) as target, pytest.raises(DeliveryFailed, match="timeout"):
        send(target, seconds=0.3)
    assert 0.25 < time.monotonic() - begun < 1


def test_a_receiver_that_says_nothing_is_left_at_the_deadline() -> None:
    """Neither its silence after the request nor one within the handshake of TLS lasts longer."""
    with talking(lambda _: time.sleep(2)) as target:
        begun = time.monotonic()
        with pytest.raises(DeliveryFailed, match="timeout"):
            send(target, seconds=0.2)
    with socket.create_server(("127.0.0.1", 0)) as deaf, pytest.raises(DeliveryFailed, match="timeout"):
        send(Target("receiver.test", deaf.getsockname()[1], "/"), seconds=0.2)
    assert time.monotonic() - begun < 1


@pytest.mark.parametrize(
    "said",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(b"\x16\x03\x01\x02\x00", id="no HTTP"),
        pytest.param(b"HTTP/1.1 2000 OK\r\n\r\n", id="no status"),
        pytest.param(b"HTTP/1.1 200 OK\r\nX: " + b"y" * 2**20, id="an endless header"),
        pytest.param(b"HTTP/1.1 100 Continue\r\n\r\n" * 5000, id="nothing but promises"),
    ],
)
def test_what_is_no_answer_is_no_delivery(said: bytes) -> None:
    """And no more of it is read than an answer may have."""
    with (
        talking(lambda client: client.sendall(said)) as target,
        pytest.raises(DeliveryFailed, match=r"bad_answer|connection"),
    ):
        send(target)


def endless(client: socket.socket) -> None:
    """A good answer with a body that does not end."""
    client.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 999999999999\r\n\r\n")
    while True:
        client.sendall(b"z" * 2**16)


def test_the_status_counts_and_not_the_body() -> None:
    """Its first part is read for politeness; the rest is not waited for, and cannot spoil the delivery."""
    begun = time.monotonic()
    with talking(endless) as target:
        assert send(target).status == 200
    with talking(lambda client: client.sendall(b"HTTP/1.0 204 Fine\r\nContent-Length: 5\r\n\r\nx")) as target:
        assert send(target).status == 204
    assert time.monotonic() - begun < 2


def test_the_next_address_is_tried_where_one_refuses(receiver: Receiver) -> None:
    """As a host with an address that does not work wants it; and a port where nobody listens is told as such."""
    target = parse_target(receiver.url, http=True)
    assert send(target, places=("127.0.0.77", "127.0.0.1")).status == 200
    with pytest.raises(DeliveryFailed, match="connection"):
        send(target, places=("127.0.0.77", "127.0.0.78"))
