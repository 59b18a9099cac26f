"""Ends the processes of a parent that died without a word. Run as a script, with the lifeline on stdin.

The kernel tells only direct children of their parent's death, and only on Linux. This process reads a
pipe whose other end dies with the parent; then it ends every process group it was told about.
"""

import contextlib
import os
import signal
import sys
import time

GRACE_SECONDS = 10.0  # for Postgres to write its checkpoint and SeaweedFS to flush


def main() -> None:
    """Listen until the pipe ends; then end what is left."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    groups: dict[int, int] = {}
    for line in sys.stdin:
        word, group, death_signal = line.split()
        if word == "add":
            groups[int(group)] = int(death_signal)
        else:
            groups.pop(int(group), None)
    _end_groups(groups)


def _end_groups(groups: dict[int, int]) -> None:
    for group, number in groups.items():
        with contextlib.suppress(OSError):
            os.killpg(group, number)
    deadline = time.monotonic() + GRACE_SECONDS
    while any(_is_alive(group) for group in groups) and time.monotonic() < deadline:
        time.sleep(0.05)
    for group in groups:
        with contextlib.suppress(OSError):
            os.killpg(group, signal.SIGKILL)


def _is_alive(group: int) -> bool:
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


if __name__ == "__main__":
    main()
