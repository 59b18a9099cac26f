"""Ports on the loopback interface that stay the same between starts."""

import json
import secrets
import socket
from pathlib import Path

from service.local.stack.data_folder import write_private

# Below every system's ephemeral range (32768 on Linux), even with GRPC added: an outgoing connection
# can never sit on a port that a restarted server wants back.
LOWEST, HIGHEST = 12_000, 21_999
GRPC = 10_000  # SeaweedFS puts a gRPC port this far above each HTTP port


def stable_ports(file: Path, count: int, *, beside: tuple[int, ...] = ()) -> list[int]:
    """The ports of the last start; a new one in the place of each that is busy now.

    Args:
        file: keeps the ports between starts.
        count: how many.
        beside: distances at which further ports must be free too.
    """
    offsets = (0, *beside)
    ports: list[int] = []
    for port in _read_ports(file)[:count]:
        ports.append(port if _all_free(port, offsets) else _new_port(offsets, ports))
    while len(ports) < count:
        ports.append(_new_port(offsets, ports))
    write_private(file, json.dumps(ports))
    return ports


def _read_ports(file: Path) -> list[int]:
    try:
        return [int(port) for port in json.loads(file.read_text())]
    except (OSError, ValueError, TypeError):
        return []


def _new_port(offsets: tuple[int, ...], used: list[int]) -> int:
    while True:
        port = LOWEST + secrets.randbelow(HIGHEST - LOWEST)
        if port not in used and _all_free(port, offsets):
            return port


def _all_free(port: int, offsets: tuple[int, ...]) -> bool:
    return all(_is_free(port + offset) for offset in offsets)


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # a port in TIME_WAIT is free
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True
