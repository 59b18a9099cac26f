"""A whole installation in one folder, as `svdiff up` makes it but with two of each, for a driver that breaks it."""

import os
import signal
import socket
import sys
from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import psycopg
from sqlalchemy import make_url

from service import bases
from service.bases import SHIPPED
from service.infra.database import Database
from service.local import up
from service.local.connect import local_stack, settings_for_stack
from service.local.stack.embedded_server import EmbeddedServer
from service.local.stack.restarter import Backoff
from service.local.supervisor import Program, Supervisor
from service.settings import Settings
from tests.chaos.faults import faults
from tests.chaos.journal import FAULTS
from worker.commands import manifest_of
from worker.models.shipped import location

GRACE = 2.0  # seconds: the driver stops programs when they have nothing to do
ROOT = Path(__file__).parents[2]
HOST = "127.0.0.1"
APIS = ("api-1", "api-2")
DEVICES = ("device-1", "device-2")
WITH_FAULTS = {
    "api.main:create": "tests.chaos.faults.api_with_faults:create",
    "worker.device": "tests.chaos.faults.device_with_faults",
    "worker.upkeep": "tests.chaos.faults.upkeep_with_faults",
}


def soon() -> Backoff:
    """A driver that kills every few seconds must not be taken for a crash loop."""
    return Backoff(first=0.2, ceiling=0.5)


@dataclass(frozen=True)
class Place:
    """Where an installation keeps what."""

    root: Path
    journal: Path  # the driver's own record, which outlives the rest

    @property
    def data(self) -> Path:
        """The stack's folder."""
        return self.root / "data"

    @property
    def orders(self) -> Path:
        """One file a process, while there is an order for it."""
        return self.root / "orders"

    def make(self) -> None:
        """All of it, closed to others but for the way to the data."""
        self.root.mkdir(parents=True, exist_ok=True)
        self.root.chmod(0o711)
        for folder in (self.journal, self.orders):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)


class Installation:
    """The three servers, and whichever programs are to run on them. Belongs to the main thread."""

    def __init__(self, place: Place, changes: Mapping[str, Any]) -> None:
        self.place = place
        self.place.make()
        self.ports = (free_port(), free_port())
        self._stack = local_stack(self.place.data, Settings())
        self._supervisor: Supervisor | None = None
        plain = settings_for_stack(Settings(), self._stack.start(), self.place.data)
        self.settings = Settings.model_validate(plain.model_dump() | dict(changes))
        up.prepare_schema(self.settings)

    @property
    def urls(self) -> tuple[str, ...]:
        """Of the two API processes."""
        return tuple(f"http://{HOST}:{port}" for port in self.ports)

    @property
    def owner_url(self) -> str:
        """Of the database, for psycopg, as its owner."""
        assert self.settings.database_url
        url = make_url(self.settings.database_url.get_secret_value())
        return url.set(drivername="postgresql").render_as_string(hide_password=False)

    @property
    def logs(self) -> Path:
        """One file a process."""
        return self._stack.logs

    def owner(self) -> psycopg.Connection:
        """A new connection past row-level security."""
        return psycopg.connect(self.owner_url, connect_timeout=2)

    def server(self, name: str) -> EmbeddedServer:
        """One of the three."""
        return next(server for server in self._stack.servers if server.name == name)

    def pid(self, name: str) -> int | None:
        """Of a program or a server that runs."""
        if self._supervisor and name in self._supervisor.pids:
            return self._supervisor.pids[name]
        return next((server.pid for server in self._stack.servers if server.name == name), None)

    def order(self, name: str) -> Path:
        """The file with the order for one program."""
        return self.place.orders / name

    def add_base(self, name: str, folder: Path) -> None:
        """As `svdiff bases add` does, in this process, which has the libraries loaded already."""
        with closing(Database.from_settings(self.settings)) as database:
            bases.register(database, name, str(folder), manifest_of(str(folder), None, self.settings))

    def prepare_base(self, name: str) -> None:
        """Compute its factors, as `svdiff bases prepare` does, so that no job waits for them."""
        manifest_of(location(SHIPPED + name), None, self.settings)

    def run(self, programs: list[Program], backoff: Callable[[], Backoff] = soon) -> None:
        """Stop what runs, and run these instead; `maintain` starts them as each is ready for the next."""
        self.rest()
        self._supervisor = Supervisor(programs, logs=self.logs, stack=self._stack, backoff=backoff)
        self._supervisor.start()

    def rest(self) -> None:
        """Stop the programs in good order; the servers stay."""
        if self._supervisor is not None:
            self._supervisor.stop()
            self._supervisor = None

    def maintain(self) -> None:
        """Start again what has died. To be called often."""
        if self._supervisor is not None:
            self._supervisor.maintain()
        else:
            self._stack.maintain()

    def programs(self, settings: Settings, *extra: Program) -> list[Program]:
        """Two API processes, two device workers, upkeep and beat; each takes orders to die."""
        first, second = (up.programs(settings, HOST, port) for port in self.ports)
        api, device, upkeep, beat = first
        chosen = {
            "api-1": api,
            "api-2": second[0],
            "device-1": device,
            "device-2": device,
            "upkeep": upkeep,
            "beat": beat,
        }
        return [*extra, *(self._obeying(name, program) for name, program in chosen.items())]

    def helper(self, name: str, *arguments: str) -> Program:
        """A program of the test's own that runs beside them."""
        return Program(name, (sys.executable, "-m", *arguments), {"PYTHONPATH": str(ROOT)}, grace=5)

    def _obeying(self, name: str, program: Program) -> Program:
        environment = {
            **program.environment,
            "PYTHONPATH": str(ROOT),
            "OMP_NUM_THREADS": "1",
            faults.ORDER: str(self.order(name)),
            faults.RECORD: str(self.place.journal / FAULTS),
        }
        argv = tuple(WITH_FAULTS.get(word, word) for word in program.argv)
        return replace(program, name=name, argv=argv, environment=environment, grace=GRACE)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.rest()
        self._stack.stop()


def send(pid: int, number: signal.Signals) -> None:
    """Signal a process that may have died just now."""
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        return


def is_stopped(pid: int) -> bool:
    """Whether the process is frozen by a signal."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "T"
    except OSError:
        return False


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port: int = probe.getsockname()[1]
        return port
