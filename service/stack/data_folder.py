import json
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path

from service.stack.addresses import Addresses
from service.stack.errors import FolderClosedError, FolderInUseError
from service.stack.locks import sign, signature, try_lock
from service.stack.private_files import write_private


@contextmanager
def _owner_only(folder: Path) -> Iterator[None]:
    """Say whose folder it is, instead of a bare permission error."""
    try:
        yield
    except PermissionError as error:
        raise FolderClosedError(folder) from error


class DataFolder:
    """The one folder that holds a stack's data, logs and secrets; one process at a time may own it."""

    def __init__(self, root: Path) -> None:
        self.root = root.expanduser().resolve()
        self.logs = self.root / "logs"
        self._lock_file = self.root / "lock"
        self._state_file = self.root / "stack.json"
        self._lock: int | None = None

    def own(self, patience: float) -> None:
        """Become the owner.

        Raises:
            FolderClosedError: it belongs to another user.
            FolderInUseError: another process still owns the folder after `patience` seconds.
        """
        with _owner_only(self.root):
            self._make()
            self._wait_for_lock(patience)
        self._state_file.unlink(missing_ok=True)

    def disown(self) -> None:
        """Give the folder back; nothing to do for one who does not own it."""
        if self._lock is not None:
            self._state_file.unlink(missing_ok=True)
            os.close(self._lock)
            self._lock = None

    def publish(self, addresses: Addresses) -> None:
        """Tell other processes of the same user where the servers are."""
        write_private(self._state_file, json.dumps({"pid": os.getpid(), **asdict(addresses)}, indent=2))

    def published(self) -> Addresses | None:
        """What the living owner has published; None without one, or while it is still starting.

        Raises:
            FolderClosedError: the folder belongs to another user.
        """
        with _owner_only(self.root):
            if not self._lock_file.exists():
                return None
            free = try_lock(self._lock_file, shared=True)
        if free is not None:
            os.close(free)
            return None
        try:
            state = json.loads(self._state_file.read_text())
        except FileNotFoundError:
            return None
        del state["pid"]
        return Addresses(**state)

    def _wait_for_lock(self, patience: float) -> None:
        deadline = time.monotonic() + patience
        while self._lock is None:
            self._lock = try_lock(self._lock_file)
            if self._lock is None and time.monotonic() >= deadline:
                raise FolderInUseError(self.root, signature(self._lock_file))
            if self._lock is None:
                time.sleep(0.05)
        sign(self._lock, os.getpid())

    def _make(self) -> None:
        # As root, Postgres runs as another user, who must be able to walk through this folder; whatever
        # lies in it is closed to others by itself.
        if not self.root.exists():
            self.root.mkdir(parents=True)
            self.root.chmod(0o711 if os.geteuid() == 0 else 0o700)
        self.logs.mkdir(mode=0o700, exist_ok=True)
