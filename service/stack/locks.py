import fcntl
import os
from pathlib import Path


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


def sign(descriptor: int, pid: int) -> None:
    """Leave a process id in a lock file, for the sentence that another process will say."""
    os.ftruncate(descriptor, 0)
    os.pwrite(descriptor, str(pid).encode(), 0)


def signature(file: Path) -> int | None:
    """The process id that the last holder left."""
    try:
        return int(file.read_text())
    except (OSError, ValueError):
        return None
