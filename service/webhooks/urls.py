"""Parsing a webhook's URL: what is checked here is what the sender connects to."""

import re
from dataclasses import dataclass
from urllib.parse import SplitResult, urlsplit

from service.errors import UnusableUrl

PRINTABLE = re.compile(r"[!-~]+")  # so that nothing in it can end a line of the request
NAME = re.compile(r"[a-z0-9_]([a-z0-9._-]*[a-z0-9_])?|[0-9a-f:.]*:[0-9a-f:.]*")
PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True)
class Target:
    """Where a POST goes: a host name or address, a port, a path, and whether it is under TLS."""

    host: str
    port: int
    path: str
    secure: bool = True

    @property
    def authority(self) -> str:
        """The Host header."""
        name = f"[{self.host}]" if ":" in self.host else self.host
        return name if self.port == PORTS["https" if self.secure else "http"] else f"{name}:{self.port}"


def parse_target(url: str, *, http: bool) -> Target:
    """The target of a URL; UnusableUrl for one that is not valid. `http` allows it to be without TLS."""
    parts, port = split_url(url)
    if parts.scheme not in ({"http", "https"} if http else {"https"}):
        raise UnusableUrl("it must begin with https://")
    if parts.username is not None or parts.fragment:
        raise UnusableUrl("it must have neither a user nor a fragment")
    host = (parts.hostname or "").rstrip(".")
    if not NAME.fullmatch(host) or ("[" in parts.netloc) != (":" in host) or port == 0:
        raise UnusableUrl("it needs the name or the address of a host, international names as xn--…")
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return Target(host, port or PORTS[parts.scheme], path, secure=parts.scheme == "https")


def split_url(url: str) -> tuple[SplitResult, int | None]:
    """The parts, and the port if it names one."""
    if not PRINTABLE.fullmatch(url):
        raise UnusableUrl("it must have printable ASCII characters only")
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise UnusableUrl("it is malformed") from None
    return parts, port
