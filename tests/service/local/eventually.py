import time
from collections.abc import Callable


def eventually(true: Callable[[], bool], timeout: float = 15.0) -> bool:
    """Whether something becomes true in time."""
    deadline = time.monotonic() + timeout
    while time.monotonic() < deadline:
        if true():
            return True
        time.sleep(0.1)
    return true()
