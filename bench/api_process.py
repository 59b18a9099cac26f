"""The API alone, one process of it, on real servers in a temporary folder: what the load programs measure."""

import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

import httpx

from service import bases, tenants
from service.bases import Manifest
from service.infra.database import Database
from service.local.connect import settings_for_stack
from service.local.stack import LocalStack
from service.local.up import prepare_schema
from service.settings import Settings
from tests.api.live import free_port

BASE = "nothing"  # a base that no device can load: nothing here runs a job
READY_SECONDS = 60.0


@dataclass(frozen=True)
class Customer:
    """A tenant with a key."""

    id: UUID
    key: str


class Api:
    """One uvicorn process, as `svdiff up` starts it; `descriptors` is the soft limit that it is born with."""

    def __init__(self, settings: Settings, log: Path, descriptors: int | None = None) -> None:
        self.host, self.port = "127.0.0.1", free_port()
        self._environment = os.environ | settings.environment()
        self._log = log
        self._descriptors = descriptors
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it, on its port, and wait until it serves."""
        where = ("--host", self.host, "--port", str(self.port))
        quiet = ("--no-access-log", "--log-level", "warning", "--timeout-graceful-shutdown", "5")
        command = (sys.executable, "-m", "uvicorn", "api.main:create", "--factory", *where, *quiet)
        with self._log.open("ab") as file:
            self._process = subprocess.Popen(command, env=self._environment, stdout=file, stderr=file)
        if self._descriptors is not None:
            hard = resource.prlimit(self.pid, resource.RLIMIT_NOFILE)[1]
            resource.prlimit(self.pid, resource.RLIMIT_NOFILE, (self._descriptors, hard))
        wait_until_ready(f"http://{self.host}:{self.port}", self._process)

    def stop(self) -> None:
        """End it in good order."""
        if self._process is not None:
            self._process.terminate()
            self._process.wait(30)

    def kill(self) -> None:
        """End it at once."""
        if self._process is not None:
            self._process.kill()
            self._process.wait(30)

    @property
    def pid(self) -> int:
        """Of the process that runs now."""
        if self._process is None:
            raise RuntimeError("the API does not run")
        return self._process.pid

    def resident_mib(self) -> float:
        """Its resident set, in MiB."""
        pages = int(Path(f"/proc/{self.pid}/statm").read_text().split()[1])
        return pages * resource.getpagesize() / 2**20

    def cpu_seconds(self) -> float:
        """Processor time that it has used, user and system."""
        fields = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def descriptors(self) -> int:
        """How many files and sockets it has open."""
        return len(list(Path(f"/proc/{self.pid}/fd").iterdir()))


@contextmanager
def servers() -> Iterator[LocalStack]:
    """Postgres, broker and store in a folder that is gone afterwards."""
    folder = Path(tempfile.mkdtemp(prefix="svdiff-bench-"))
    folder.chmod(0o711)  # Postgres may run as another user
    try:
        with LocalStack(folder / "data") as stack:
            stack.start()
            yield stack
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def migrated(stack: LocalStack, **changes: object) -> Settings:
    """Settings of the stack, with its schema up to date and the base registered."""
    settings = settings_for_stack(Settings(), stack.addresses, stack.folder).model_copy(update=changes)
    prepare_schema(settings)
    with closing(Database.from_settings(settings)) as database:
        bases.register(database, BASE, "/nowhere", Manifest(fingerprint="svd1-" + "0" * 64, resolution=64))
    return settings


def customers(settings: Settings, count: int) -> Sequence[Customer]:
    """New tenants, each with a key."""
    with closing(Database.from_settings(settings)) as database:
        names = [f"bench-{number}" for number in range(count)]
        return [Customer(tenants.create_tenant(database, settings, n), tenants.create_key(database, n)) for n in names]


@contextmanager
def api(settings: Settings, log: Path, *, descriptors: int | None = None) -> Iterator[Api]:
    """The process, from its start to its end."""
    process = Api(settings, log, descriptors)
    try:
        process.start()
        yield process
    finally:
        process.stop()


def wait_until_ready(url: str, process: "subprocess.Popen[bytes]") -> None:
    """Until /readyz answers 200."""
    deadline = time.monotonic() + READY_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        try:
            if httpx.get(f"{url}/readyz", timeout=5).status_code == httpx.codes.OK:
                return
        except httpx.TransportError:
            pass
        time.sleep(0.05)
    raise SystemExit("The API did not become ready.")
