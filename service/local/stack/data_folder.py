"""The folder that a local stack keeps everything in: its lock, and files for its owner alone."""

import fcntl
import json
import os
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path

from service.local.stack.addresses import Addresses
from service.local.stack.errors import FolderClosedError, FolderInUseError


class DataFolder:
    """The one folder that holds a stack's data, logs and secrets; one process at a time may own it."""

    def __init__(self, root: Path) -> None:
        self.root = root.expanduser().resolve()
        self.logs = self.root / "logs"
        self._lock_file = self.root / "lock"
        self._state_file = self.root / "stack.json"
        self._lock: int | None = None

    def acquire(self, timeout: float) -> None:
        """Become the one process that owns the folder.

        Raises:
            FolderClosedError: it belongs to another user.
            FolderInUseError: another process still owns the folder after `timeout` seconds.
        """
        with _translate_permission_error(self.root):
            self._create()
            self._wait_for_lock(timeout)
        self._state_file.unlink(missing_ok=True)

    def release(self) -> None:
        """Give the folder back; nothing to do for one who does not own it."""
        if self._lock is not None:
            self._state_file.unlink(missing_ok=True)
            os.close(self._lock)
            self._lock = None

    def publish(self, addresses: Addresses) -> None:
        """Tell other processes of the same user where the servers are."""
        write_private(self._state_file, json.dumps({"pid": os.getpid(), **asdict(addresses)}, indent=2))

    def read_published(self) -> Addresses | None:
        """What the present owner has published; None without one, or while it is still starting.

        Raises:
            FolderClosedError: the folder belongs to another user.
        """
        with _translate_permission_error(self.root):
            if not self._lock_file.exists():
                return None
            unused_lock = try_lock(self._lock_file, shared=True)
        if unused_lock is not None:
            os.close(unused_lock)
            return None
        try:
            state = json.loads(self._state_file.read_text())
        except FileNotFoundError:
            return None
        del state["pid"]
        return Addresses(**state)

    def _wait_for_lock(self, timeout: float) -> None:
        deadline = time.monotonic() + timeout
        while self._lock is None:
            self._lock = try_lock(self._lock_file)
            if self._lock is None and time.monotonic() >= deadline:
                raise FolderInUseError(self.root, read_pid(self._lock_file))
            if self._lock is None:
                time.sleep(0.05)
        write_pid(self._lock, os.getpid())

    def _create(self) -> None:
        # As root, Postgres runs as another user, who must be able to walk through this folder; whatever
        # lies in it is closed to others by itself.
        if not self.root.exists():
            self.root.mkdir(parents=True)
            self.root.chmod(0o711 if os.geteuid() == 0 else 0o700)
        self.logs.mkdir(mode=0o700, exist_ok=True)


def try_lock(file: Path, *, shared: bool = False) -> int | None:
    """The descriptor that holds the lock, or None while another holds it.

    The lock belongs to the open file: it lives until every process that inherited the descriptor has
    closed it or died, however it died. So a lock needs no clean-up and no guess about a process id.
    """
    descriptor = os.open(file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        return None
    return descriptor


def write_pid(descriptor: int, pid: int) -> None:
    """Write a process id into a lock file, for the error message of another process."""
    os.ftruncate(descriptor, 0)
    os.pwrite(descriptor, str(pid).encode(), 0)


def read_pid(file: Path) -> int | None:
    """The process id that the last holder wrote, if it can be read."""
    try:
        return int(file.read_text())
    except (OSError, ValueError):
        return None


def write_private(file: Path, text: str) -> None:
    """Replace a file at once, readable by its owner alone from the first byte on."""
    descriptor, name = tempfile.mkstemp(dir=file.parent, prefix=f".{file.name}.")  # mkstemp: 0600
    try:
        with os.fdopen(descriptor, "w") as handle:
            handle.write(text)
        Path(name).replace(file)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def read_or_create_private(file: Path, make: Callable[[], str]) -> str:
    """The file's text, which `make` makes the first time."""
    if not file.exists():
        write_private(file, make())
    return file.read_text()


@contextmanager
def _translate_permission_error(folder: Path) -> Iterator[None]:
    """Raise FolderClosedError instead of a bare permission error."""
    try:
        yield
    except PermissionError as error:
        raise FolderClosedError(folder) from error
