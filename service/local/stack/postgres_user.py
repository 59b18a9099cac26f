"""The user that Postgres runs as, which must not be root."""

import os
import pwd
import shutil
import stat
from dataclasses import dataclass
from pathlib import Path

from service.local.stack.binaries import postgres_binaries
from service.local.stack.errors import RootNotAllowedError, UnsafeFolderError


@dataclass(frozen=True)
class PostgresUser:
    """Who Postgres runs as: we ourselves, unless we are root, whom it refuses.

    `ids` is the (user id, group id) to own its files, None for our own. With a `prefix` of words before
    the command, that command changes the user; without, the caller does.
    """

    ids: tuple[int, int] | None = None
    prefix: tuple[str, ...] = ()

    @classmethod
    def for_this_process(cls, data: Path) -> "PostgresUser":
        """Raises RootNotAllowedError where root has no way to run it."""
        if os.geteuid() != 0:
            return cls()
        nobody = pwd.getpwnam("nobody")
        ids = (nobody.pw_uid, nobody.pw_gid)
        if _is_traversable(postgres_binaries()) and _is_traversable(data):
            return cls(ids)
        if shutil.which("setpriv") is None:
            raise RootNotAllowedError(data)
        return cls(ids, _setpriv(*ids))

    @property
    def change(self) -> tuple[int, int] | None:
        """The user that the caller must change to."""
        return None if self.prefix else self.ids

    def make_folder(self, folder: Path) -> None:
        """A folder of this user's own, closed to all others.

        Raises:
            UnsafeFolderError: something of a third user is there already.
        """
        folder.mkdir(mode=0o700, exist_ok=True)
        status = folder.lstat()
        if not stat.S_ISDIR(status.st_mode) or status.st_uid not in {os.geteuid(), *(self.ids or ())[:1]}:
            raise UnsafeFolderError(folder)
        folder.chmod(0o700)
        if self.ids:
            os.chown(folder, *self.ids)


def _setpriv(uid: int, gid: int) -> tuple[str, ...]:
    # Nobody cannot walk through a private folder above the data or the binaries. Those folders are not
    # ours to open, so the process gets root's right to walk, and no other.
    return (
        "setpriv",
        f"--reuid={uid}",
        f"--regid={gid}",
        "--clear-groups",
        "--inh-caps=+dac_override",
        "--ambient-caps=+dac_override",
        "--pdeathsig=SIGINT",  # changing the user has cleared the one set before
        "--",
    )


def _is_traversable(folder: Path) -> bool:
    parents = [parent for parent in (folder.resolve(), *folder.resolve().parents) if parent.exists()]
    return all(parent.stat().st_mode & stat.S_IXOTH for parent in parents)
