"""The API as it runs in production: a process of its own behind a socket."""

import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

import httpx

from service.settings import Settings


@contextmanager
def server(settings: Settings) -> Iterator[httpx.Client]:
    """A client of a uvicorn process with these settings."""
    with process_and_client(settings) as (_, client):
        yield client


@contextmanager
def process_and_client(settings: Settings) -> Iterator[tuple["subprocess.Popen[bytes]", httpx.Client]]:
    """A uvicorn process with these settings, which a test may kill, and a client of it."""
    port = free_port()
    command = [sys.executable, "-m", "uvicorn", "api.main:create", "--factory", "--port", str(port)]
    quiet = ["--no-access-log", "--log-level", "warning", "--timeout-graceful-shutdown", "1"]
    process = subprocess.Popen(command + quiet, env=settings.environment(), stderr=subprocess.DEVNULL)
    try:
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=30) as client:
            wait_for(client)
            yield process, client
    finally:
        process.terminate()
        process.wait(timeout=20)


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def wait_for(client: httpx.Client) -> None:
    """Return once the server answers."""
    for _ in range(300):
        try:
            client.get("/healthz")
        except httpx.TransportError:
            time.sleep(0.1)
        else:
            return
    raise TimeoutError("the server did not start within 30 s")
