"""Names looked up in bounded time."""

import socket
import threading
from ipaddress import ip_address
from queue import Empty, SimpleQueue

from service.webhooks.addresses import Address

CONCURRENT_LOOKUPS = threading.BoundedSemaphore(64)


class UnknownHost(Exception):
    """A name has no address, or none that is known in time."""

    def __init__(self, host: str) -> None:
        super().__init__(f"The host {host!r} has no known address.")


def look_up(host: str, port: int, patience: float) -> tuple[Address, ...]:
    """Every address of a name or of an address in any notation, without repetition; UnknownHost without one.

    `getaddrinfo` knows no time-out: a thread that waits for a silent name server is left behind, and ends by itself.
    """
    if not CONCURRENT_LOOKUPS.acquire(timeout=patience):
        raise UnknownHost(host)
    answers: SimpleQueue[tuple[Address, ...]] = SimpleQueue()
    threading.Thread(target=resolve, args=(host, port, answers), name="look-up", daemon=True).start()
    try:
        addresses = answers.get(timeout=patience)
    except Empty:
        addresses = ()
    if not addresses:
        raise UnknownHost(host)
    return addresses


def resolve(host: str, port: int, answers: SimpleQueue[tuple[Address, ...]]) -> None:
    """Put the addresses, or an empty tuple."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        answers.put(tuple(dict.fromkeys(ip_address(place[0]) for *_, place in found)))
    except (OSError, ValueError):  # no such name; or a name that cannot be one
        answers.put(())
    finally:
        CONCURRENT_LOOKUPS.release()
