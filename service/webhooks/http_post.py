"""One POST to addresses that were checked, in bounded time and with a bounded answer.

Written over h11 (which uvicorn and httpx use too), and not with an HTTP client: a client would look the name up again
between the check and the connection, and its proxies, redirects, retries, cookies and decompression would have to be
turned off. Here the socket connects to a checked address; only Host, SNI and the certificate use the name.
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

MAX_RESPONSE_BYTES = 2**16
CHUNK_BYTES = 2**14
MAX_ADDRESSES = 4
DRAIN_SECONDS = 1.0


class DeliveryFailed(Exception):
    """No response came; `code` says why, for the delivery log."""

    def __init__(self, reason: ErrorCode) -> None:
        super().__init__(reason.code)
        self.code = reason.code


@dataclass(frozen=True)
class ReceiverResponse:
    """The receiver's status, and the seconds that it asks us to wait. Its body is not kept."""

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
) -> ReceiverResponse:
    """The receiver's response, whatever it is: redirects are not followed. DeliveryFailed without one."""
    with translate_network_errors(), open_connection(target, addresses, deadline) as plain_socket:
        if not target.secure:
            return exchange(plain_socket, target, headers, body, deadline)
        plain_socket.settimeout(deadline.left())
        with context.wrap_socket(plain_socket, server_hostname=target.host) as tls_socket:
            return exchange(tls_socket, target, headers, body, deadline)


@contextmanager
def translate_network_errors() -> Iterator[None]:
    """Raise every failure of the network or the receiver as DeliveryFailed, with one of four codes."""
    try:
        yield
    except TimeoutError as error:
        raise DeliveryFailed(TIMEOUT) from error
    except ssl.SSLError as error:
        raise DeliveryFailed(TLS) from error
    except OSError as error:
        raise DeliveryFailed(CONNECTION) from error
    except h11.RemoteProtocolError as error:
        raise DeliveryFailed(BAD_ANSWER) from error


def open_connection(target: Target, addresses: Sequence[Address], deadline: Deadline) -> socket.socket:
    """A connection to the first address that accepts one; each may use its share of the time."""
    candidates = addresses[:MAX_ADDRESSES]
    for index, address in enumerate(candidates):
        share = deadline.left() / (len(candidates) - index)
        try:
            return socket.create_connection((str(address), target.port), timeout=share)
        except OSError:
            if index == len(candidates) - 1:
                raise
    raise DeliveryFailed(CONNECTION)


def exchange(
    connection: socket.socket, target: Target, headers: Mapping[str, str], body: bytes, deadline: Deadline
) -> ReceiverResponse:
    """Send the request, read the response's head, and let its body end if that is quick."""
    machine = h11.Connection(h11.CLIENT, max_incomplete_event_size=CHUNK_BYTES)
    connection.settimeout(deadline.left())
    connection.sendall(encode_request(machine, target, headers, body))
    events = read_events(machine, connection, deadline)
    response = next((event for event in events if isinstance(event, h11.Response)), None)
    if response is None:
        raise DeliveryFailed(BAD_ANSWER)
    with suppress(OSError, h11.RemoteProtocolError):
        drain(read_events(machine, connection, Deadline(min(DRAIN_SECONDS, deadline.left()))))
    return ReceiverResponse(response.status_code, retry_after_seconds(response))


def encode_request(machine: h11.Connection, target: Target, headers: Mapping[str, str], body: bytes) -> bytes:
    """The request on the wire."""
    own_headers = {
        "Host": target.authority,
        "User-Agent": "svdiff-webhooks",
        "Content-Type": "application/json",
        "Content-Length": str(len(body)),
        "Connection": "close",
    }
    request = h11.Request(method="POST", target=target.path, headers=list((own_headers | dict(headers)).items()))
    return b"".join(machine.send(event) or b"" for event in (request, h11.Data(data=body), h11.EndOfMessage()))


def read_events(machine: h11.Connection, connection: socket.socket, deadline: Deadline) -> Iterator[h11.Event]:
    """The events of the response, until it ends or is too long."""
    bytes_read = 0
    while True:
        event = machine.next_event()
        if isinstance(event, h11.ConnectionClosed | h11.EndOfMessage) or event is h11.PAUSED:
            return
        if event is not h11.NEED_DATA:
            yield event  # type: ignore[misc]  # h11's sentinels are classes of themselves
        elif bytes_read >= MAX_RESPONSE_BYTES:
            return
        else:
            connection.settimeout(deadline.left())
            chunk = connection.recv(CHUNK_BYTES)
            bytes_read += len(chunk)
            machine.receive_data(chunk)


def drain(events: Iterator[h11.Event]) -> None:
    """Read the rest, so that a receiver which still writes gets no connection error."""
    for _ in events:
        pass


def retry_after_seconds(response: h11.Response) -> float:
    """The seconds of Retry-After; 0 for a date, or for none."""
    values = [value for name, value in response.headers if name == b"retry-after"]
    return float(values[0]) if values and values[0].isdigit() and len(values[0]) < 10 else 0.0  # noqa: PLR2004 — 30 years
