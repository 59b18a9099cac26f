"""Every stream is a socket, and a shell's usual limit of 1,024 is below what one process serves."""

import sys
from contextlib import suppress

from service.settings import Settings

BESIDE_STREAMS = 1024  # other connections: requests, the database, the broker, the store


def raise_descriptor_limit(settings: Settings) -> None:
    """Let the process open what `settings.max_event_streams` take, as far as the system lets it."""
    if sys.platform == "win32":  # no such limit
        return
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = settings.max_event_streams + BESIDE_STREAMS
    if hard != resource.RLIM_INFINITY:
        wanted = min(wanted, hard)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        with suppress(OSError, ValueError):  # macOS names a hard limit that it does not grant
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
