"""The service as a user starts it: `svdiff up` on an empty folder."""

import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

PATIENCE_SECONDS = 60


@dataclass(frozen=True)
class Running:
    """A service that answers, its first key, and how long it took."""

    url: str
    key: str
    begun: float
    ready_seconds: float


@contextmanager
def service(data: Path) -> Iterator[Running]:
    """`svdiff up` on an emptied folder and a free port; stopped as by Ctrl-C."""
    shutil.rmtree(data, ignore_errors=True)
    data.mkdir(parents=True)
    port = free_port()
    begun = time.monotonic()
    command = [sys.executable, "-m", "service", "up", "--data", str(data), "--port", str(port)]
    with (data / "up.log").open("w") as log:
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=log, text=True)
        try:
            key = first_key(process)
            url = f"http://127.0.0.1:{port}"
            wait_until_ready(url, process)
            yield Running(url, key, begun, time.monotonic() - begun)
        finally:
            process.terminate()
            process.wait(PATIENCE_SECONDS)


def first_key(process: "subprocess.Popen[str]") -> str:
    """The key that the first start of a folder prints."""
    for line in process.stdout or ():
        if line.startswith("API key"):
            return line.rpartition(" ")[2].strip()
    raise SystemExit("The service did not start; see up.log in the demo's folder.")


def wait_until_ready(url: str, process: "subprocess.Popen[str]") -> None:
    """Until /readyz answers 200."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        try:
            if httpx.get(f"{url}/readyz", timeout=2).status_code == httpx.codes.OK:
                return
        except httpx.TransportError:
            pass
        time.sleep(0.02)
    raise SystemExit("The service did not become ready; see up.log in the demo's folder.")


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
