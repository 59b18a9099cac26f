"""Places in the product's code where the driver can have a process die or freeze. The product knows nothing of them.

The driver leaves an order in a file that the process was told of: a place and what to do there. Whoever comes by that
place takes the order away, writes down what it is about to do, and does it.
"""

import functools
import json
import os
import signal
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

ORDER = "CHAOS_ORDER"  # the file with the order for this process
RECORD = "CHAOS_FAULTS"  # the journal of disturbances
SIGNALS = {"kill": signal.SIGKILL, "freeze": signal.SIGSTOP}


def point(place: str) -> None:
    """Go on, unless there is an order for this place."""
    order = Path(os.environ[ORDER])
    try:
        wanted, action = order.read_text().split()
    except (FileNotFoundError, ValueError):
        return
    if wanted != place:
        return
    try:
        order.unlink()
    except FileNotFoundError:
        return  # another thread was here
    _write_down(place, action)
    os.kill(os.getpid(), SIGNALS[action])
    time.sleep(0.1)  # a stop reaches the other threads, and then this one, a moment later


def _write_down(place: str, action: str) -> None:
    told = {"at": time.time(), "what": action, "place": place, "pid": os.getpid()}
    with Path(os.environ[RECORD]).open("a") as record:
        record.write(json.dumps(told) + "\n")


def surround(
    target: Any, name: str, *, before: str | None = None, after: str | None = None, when: Callable[[Any], bool] = bool
) -> None:
    """Put points around a function of the product; the one behind it only `when` the result calls for it."""
    function = getattr(target, name)

    @functools.wraps(function)
    def surrounded(*arguments: Any, **named: Any) -> Any:
        if before is not None:
            point(before)
        result = function(*arguments, **named)
        if after is not None and when(result):
            point(after)
        return result

    setattr(target, name, surrounded)


def always(_: Any) -> bool:
    """Whatever the result is."""
    return True
