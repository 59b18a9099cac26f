"""The local stack: Postgres, Valkey and SeaweedFS in one folder, those that no URL names."""

import time
from pathlib import Path
from types import TracebackType
from typing import Self

import structlog

from service.local.stack.addresses import Addresses, S3Address
from service.local.stack.data_folder import DataFolder
from service.local.stack.embedded_server import EmbeddedServer
from service.local.stack.postgres import Postgres
from service.local.stack.restarter import Backoff, Restarter
from service.local.stack.seaweed import Seaweed
from service.local.stack.valkey import Valkey

_log = structlog.get_logger(__name__)
_COMMAND_TIMEOUT = 15.0  # seconds that one command waits for another on the same folder


class LocalStack:
    """The three servers: those that a URL names, and for the others real ones in `data`.

    All methods belong to the main thread, since Linux ties a child's life to the thread that started it.
    As a context manager it stops on the way out, from a start that failed too.
    """

    def __init__(
        self,
        data: Path,
        *,
        database_url: str | None = None,
        broker_url: str | None = None,
        s3: S3Address | None = None,
    ) -> None:
        self._folder = DataFolder(data)
        self._database = database_url or Postgres(self._folder)
        self._broker = broker_url or Valkey(self._folder)
        self._store = s3 or Seaweed(self._folder)
        self._restarters: list[Restarter] = []

    @property
    def folder(self) -> Path:
        """Everything is in here."""
        return self._folder.root

    @property
    def logs(self) -> Path:
        """One file for each process."""
        return self._folder.logs

    @property
    def servers(self) -> tuple[EmbeddedServer, ...]:
        """Those in the folder, the slowest to start first."""
        all_three = (self._store, self._broker, self._database)
        return tuple(server for server in all_three if isinstance(server, EmbeddedServer))

    @property
    def addresses(self) -> Addresses:
        """Known once started."""
        s3 = self._store.address if isinstance(self._store, Seaweed) else self._store
        return Addresses(
            database_url=self._database.url if isinstance(self._database, Postgres) else self._database,
            broker_url=self._broker.url if isinstance(self._broker, Valkey) else self._broker,
            s3_endpoint=s3.endpoint,
            s3_access_key=s3.access_key,
            s3_secret_key=s3.secret_key,
            s3_bucket=s3.bucket,
        )

    def start(self, timeout: float = 30.0) -> Addresses:
        """Start side by side what is ours, and wait until all of it works; a running stack stays as it is.

        Raises:
            FolderInUseError: another process runs a stack on this folder.
            FolderClosedError: it belongs to another user.
            MissingServerError: no URL is given for a server and its binary is not installed.
            RootNotAllowedError: Postgres has no way to run here as another user than root.
            ServerDidNotStartError, ServerStillRunningError: as named.
        """
        self._folder.acquire(timeout=1.0)
        self._run(self.servers, timeout)
        self._folder.publish(self.addresses)
        return self.addresses

    def start_database_only(self, timeout: float = 30.0) -> str:
        """The database's URL, for a single command; starts Postgres alone, and that only if it is ours.

        Raises: as `start` does.
        """
        if not isinstance(self._database, Postgres):
            return self._database
        self._folder.acquire(timeout=_COMMAND_TIMEOUT)
        self._run((self._database,), timeout)
        return self._database.url

    def maintain(self) -> None:
        """Start again what has died, later each time. Never waits; to be called often."""
        for restarter in self._restarters:
            restarter.maintain()

    def stop(self) -> None:
        """Stop our servers side by side and give the folder back."""
        self._restarters = []
        for server in self.servers:
            server.request_stop()
        for server in self.servers:
            server.stop()
        self._folder.release()

    def _run(self, servers: tuple[EmbeddedServer, ...], timeout: float) -> None:
        started_at = time.monotonic()
        try:
            for server in servers:
                server.launch()
            for server in reversed(servers):
                server.wait_until_ready(timeout)
        except BaseException:
            self.stop()
            raise
        self._restarters = [Restarter(server, Backoff()) for server in servers]
        _log.info("servers_ready", names=[server.name for server in servers], seconds=_seconds_since(started_at))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()


def running_addresses(data: Path) -> Addresses | None:
    """The addresses of the stack that another process, or this one, runs on this folder now."""
    return DataFolder(data).read_published()


def _seconds_since(started_at: float) -> float:
    return round(time.monotonic() - started_at, 2)
