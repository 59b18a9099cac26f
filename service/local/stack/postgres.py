"""The database of the local stack: Postgres on a Unix socket."""

import contextlib
import hashlib
import os
import re
import shutil
import subprocess
import tempfile
from functools import cached_property
from pathlib import Path
from signal import SIGINT
from typing import ClassVar
from urllib.parse import quote

import psycopg

from service.local.stack.binaries import postgres_binaries
from service.local.stack.data_folder import DataFolder
from service.local.stack.embedded_server import EmbeddedServer
from service.local.stack.errors import ServerDidNotStartError
from service.local.stack.postgres_user import PostgresUser
from service.local.stack.processes import Command

OWNER = "postgres"
DATABASE = "svdiff"
_PORT = 5432  # names the socket file; given everywhere, lest PGPORT decide
_SOCKET = f".s.PGSQL.{_PORT}"
_LONGEST_SOCKET_PATH = 103  # bytes; macOS, while Linux allows 107
_SETTINGS = {
    "listen_addresses": "",  # the socket alone
    "port": str(_PORT),
    "max_connections": "100",
    "shared_buffers": "64MB",
    "timezone": "UTC",
    "log_timezone": "UTC",
}


class Postgres(EmbeddedServer):
    """Postgres on a Unix socket. Whoever may enter the socket's 0700 folder is trusted as any role."""

    name = "postgres"
    stop_signal: ClassVar = SIGINT  # "fast"; SIGTERM would wait for every client to leave

    def __init__(self, folder: DataFolder) -> None:
        super().__init__(folder)
        self._data = folder.root
        self._sockets = _socket_folder(folder.root)

    @property
    def url(self) -> str:
        """For SQLAlchemy, as the owner of the cluster; another role needs only another user name."""
        return f"postgresql+psycopg://{OWNER}@/{DATABASE}?host={quote(str(self._sockets))}&port={_PORT}"

    @cached_property
    def _user(self) -> PostgresUser:
        return PostgresUser.for_this_process(self._data)  # not before the folder exists, however it was made

    def _prepare(self) -> None:
        self._user.make_folder(self._sockets)
        if not self.home.exists():
            self._create_cluster()
        for file in (self.home / "postmaster.pid", self._sockets / f"{_SOCKET}.lock"):
            _remove_stale_lock(file)

    def stop(self) -> None:  # noqa: D102 — inherited
        super().stop()
        if self._sockets.parent != self.home.parent:  # a short path elsewhere: leave nothing there
            with contextlib.suppress(OSError):
                self._sockets.rmdir()

    def _create_cluster(self) -> None:
        # Under another name until it is whole: a start that is killed here leaves no broken cluster.
        unfinished = self.home.with_name(f"{self.name}.unfinished")
        shutil.rmtree(unfinished, ignore_errors=True)
        self._user.make_folder(unfinished)
        uid, gid = self._user.change or (None, None)
        initdb = subprocess.run(  # noqa: S603 — fixed words and our own paths, no shell
            [*self._user.prefix, str(postgres_binaries() / "initdb"), "-D", str(unfinished), *_CLUSTER],
            cwd="/",
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            user=uid,
            group=gid,
            extra_groups=None if uid is None else [],
        )
        if initdb.returncode != 0:
            raise ServerDidNotStartError(self.name, self.log, initdb.stderr.strip()[-300:])
        unfinished.rename(self.home)

    def _command(self) -> Command:
        options = [word for key, value in _SETTINGS.items() for word in ("-c", f"{key}={value}")]
        program = (str(postgres_binaries() / "postgres"), "-D", str(self.home), "-k", str(self._sockets))
        return Command(
            argv=(*self._user.prefix, *program, *options),
            log=self.log,
            folder=Path("/"),
            death_signal=SIGINT,
            user=self._user.change,
        )

    def _is_ready(self) -> bool:
        try:
            with psycopg.connect(
                host=str(self._sockets), port=_PORT, user=OWNER, dbname="postgres", autocommit=True
            ) as connection:
                _ensure_database(connection)
        except psycopg.OperationalError:
            return False
        return True


# Trust is safe behind the socket folder. Without the sync a crash of the *machine* in the first seconds
# may cost a cluster that is still empty; every later write is synced.
_CLUSTER = (
    *("-U", OWNER, "-A", "trust", "-E", "UTF8", "--no-sync"),
    *("--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"),
)


def _ensure_database(connection: psycopg.Connection) -> None:
    row = connection.execute("select 1 from pg_database where datname = %s", (DATABASE,)).fetchone()
    if row is None:
        connection.execute(f"create database {DATABASE}".encode())


def _socket_folder(data: Path) -> Path:
    """Beside the data, or in a short place where that path is too long or holds a comma, a list's separator."""
    beside = data / "sockets"
    path = str(beside / f"{_SOCKET}.lock")
    if len(path.encode()) <= _LONGEST_SOCKET_PATH and re.fullmatch(r"[\w/.+@-]+", path, re.ASCII):
        return beside
    digest = hashlib.sha256(str(data).encode()).hexdigest()[:16]
    return Path(tempfile.gettempdir()) / f"svdiff-{os.geteuid()}-{digest}"


def _remove_stale_lock(file: Path) -> None:
    """Remove a lock file whose process number now belongs to another program, as after a reboot.

    Postgres would refuse to start. No Postgres of this cluster can be alive here: it would hold our lock.
    """
    try:
        pid = int(file.read_text().splitlines()[0])
        program = Path(f"/proc/{pid}/comm").read_text().strip()
    except (OSError, ValueError, IndexError):
        return
    if program != "postgres":
        file.unlink(missing_ok=True)
