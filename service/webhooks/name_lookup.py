"""Look-ups of host names in bounded time."""

import socket
import threading
from ipaddress import ip_address
from queue import Empty, SimpleQueue

from service.webhooks.addresses import Address

CONCURRENT_LOOKUPS = threading.BoundedSemaphore(64)


class UnknownHost(Exception):
    """A name has no address, or its look-up takes too long."""

    def __init__(self, host: str) -> None:
        super().__init__(f"The host {host!r} has no known address.")


def look_up(host: str, port: int, timeout: float) -> tuple[Address, ...]:
    """Every address of a name or of an address in any notation, without repetition; UnknownHost without one.

    `getaddrinfo` has no timeout: a thread that waits for a silent name server is left behind, and ends by itself.
    """
    if not CONCURRENT_LOOKUPS.acquire(timeout=timeout):
        raise UnknownHost(host)
    answers: SimpleQueue[tuple[Address, ...]] = SimpleQueue()
    threading.Thread(target=resolve, args=(host, port, answers), name="look-up", daemon=True).start()
    try:
        addresses = answers.get(timeout=timeout)
    except Empty:
        addresses = ()
    if not addresses:
        raise UnknownHost(host)
    return addresses


def resolve(host: str, port: int, answers: SimpleQueue[tuple[Address, ...]]) -> None:
    """Put the addresses of the host into the queue, or an empty tuple."""
    try:
        results = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        answers.put(tuple(dict.fromkeys(ip_address(sockaddr[0]) for *_, sockaddr in results)))
    except (OSError, ValueError):  # no such name; or a name that cannot be one
        answers.put(())
    finally:
        CONCURRENT_LOOKUPS.release()
