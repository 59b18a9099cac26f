"""One POST to addresses that were checked, in bounded time and with a bounded answer.

By hand over h11 (what uvicorn and httpx speak HTTP with), and not with an HTTP client: a client would look the name up
again between the check and the connection, and would have to be talked out of proxies, redirects, retries, cookies
and decompression. Here the socket goes to a checked address and only Host, SNI and the certificate know the name.
"""

import socket
import ssl
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass

import h11

from service.errors import ErrorCode
from service.webhooks.addresses import Address
from service.webhooks.delivery_errors import BAD_ANSWER, CONNECTION, TIMEOUT, TLS
from service.webhooks.urls import Target

ANSWER_BYTES = 2**16
PIECE = 2**14
MOST_ADDRESSES = 4
FAREWELL_SECONDS = 1.0


class Undelivered(Exception):
    """No answer came; `code` says why, in words for the delivery log."""

    def __init__(self, reason: ErrorCode) -> None:
        super().__init__(reason.code)
        self.code = reason.code


@dataclass(frozen=True)
class Answer:
    """What the receiver said: its status, and the seconds that it asks to wait. Its body is not kept."""

    status: int
    retry_after: float


class Deadline:
    """The moment at which everything must be done."""

    def __init__(self, seconds: float) -> None:
        self._end = time.monotonic() + seconds

    def left(self) -> float:
        """Seconds left; TimeoutError when there are none."""
        seconds = self._end - time.monotonic()
        if seconds <= 0:
            raise TimeoutError
        return seconds


def post(
    target: Target,
    addresses: Sequence[Address],
    headers: Mapping[str, str],
    body: bytes,
    deadline: Deadline,
    context: ssl.SSLContext,
) -> Answer:
    """The receiver's answer, whatever it is: redirects are not followed. Undelivered without one."""
    with told_as_undelivered(), connected(target, addresses, deadline) as plain:
        if not target.secure:
            return exchange(plain, target, headers, body, deadline)
        plain.settimeout(deadline.left())
        with context.wrap_socket(plain, server_hostname=target.host) as encrypted:
            return exchange(encrypted, target, headers, body, deadline)


@contextmanager
def told_as_undelivered() -> Iterator[None]:
    """Whatever a network and a receiver can do wrong, in one of four words."""
    try:
        yield
    except TimeoutError as error:
        raise Undelivered(TIMEOUT) from error
    except ssl.SSLError as error:
        raise Undelivered(TLS) from error
    except OSError as error:
        raise Undelivered(CONNECTION) from error
    except h11.RemoteProtocolError as error:
        raise Undelivered(BAD_ANSWER) from error


def connected(target: Target, addresses: Sequence[Address], deadline: Deadline) -> socket.socket:
    """A connection to the first address that takes one; each may use its share of the time."""
    candidates = addresses[:MOST_ADDRESSES]
    for place, address in enumerate(candidates):
        share = deadline.left() / (len(candidates) - place)
        try:
            return socket.create_connection((str(address), target.port), timeout=share)
        except OSError:
            if place == len(candidates) - 1:
                raise
    raise Undelivered(CONNECTION)


def exchange(
    connection: socket.socket, target: Target, headers: Mapping[str, str], body: bytes, deadline: Deadline
) -> Answer:
    """Send the request, read the answer's head, and let its body come to an end if that is quick."""
    machine = h11.Connection(h11.CLIENT, max_incomplete_event_size=PIECE)
    connection.settimeout(deadline.left())
    connection.sendall(request_bytes(machine, target, headers, body))
    pieces = reader(machine, connection, deadline)
    response = next((event for event in pieces if isinstance(event, h11.Response)), None)
    if response is None:
        raise Undelivered(BAD_ANSWER)
    with suppress(OSError, h11.RemoteProtocolError):
        finish(reader(machine, connection, Deadline(min(FAREWELL_SECONDS, deadline.left()))))
    return Answer(response.status_code, asked_wait(response))


def request_bytes(machine: h11.Connection, target: Target, headers: Mapping[str, str], body: bytes) -> bytes:
    """The request on the wire."""
    fixed = {
        "Host": target.authority,
        "User-Agent": "svdiff-webhooks",
        "Content-Type": "application/json",
        "Content-Length": str(len(body)),
        "Connection": "close",
    }
    request = h11.Request(method="POST", target=target.path, headers=list((fixed | dict(headers)).items()))
    return b"".join(machine.send(event) or b"" for event in (request, h11.Data(data=body), h11.EndOfMessage()))


def reader(machine: h11.Connection, connection: socket.socket, deadline: Deadline) -> Iterator[h11.Event]:
    """The events of the answer, until it ends or is too long."""
    read = 0
    while True:
        event = machine.next_event()
        if isinstance(event, h11.ConnectionClosed | h11.EndOfMessage) or event is h11.PAUSED:
            return
        if event is not h11.NEED_DATA:
            yield event  # type: ignore[misc]  # h11's sentinels are classes of themselves
        elif read >= ANSWER_BYTES:
            return
        else:
            connection.settimeout(deadline.left())
            piece = connection.recv(PIECE)
            read += len(piece)
            machine.receive_data(piece)


def finish(pieces: Iterator[h11.Event]) -> None:
    """Read what is left, so that a receiver which still writes is not cut off."""
    for _ in pieces:
        pass


def asked_wait(response: h11.Response) -> float:
    """The seconds of Retry-After; 0 for a date, or for none."""
    values = [value for name, value in response.headers if name == b"retry-after"]
    return float(values[0]) if values and values[0].isdigit() and len(values[0]) < 10 else 0.0  # noqa: PLR2004 — 30 years
