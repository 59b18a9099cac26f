"""Streams and waits stay open for long: how many a process keeps, and how many of one tenant."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from uuid import UUID

from api.http_errors import StreamLimitReached, TooManyStreams
from service.settings import Settings


class OpenStreams:
    """Counts what is open; for the event loop's thread alone."""

    def __init__(self, settings: Settings) -> None:
        self._most = settings.max_event_streams
        self._most_a_tenant = settings.tenant_max_event_streams
        self._taken: Counter[UUID] = Counter()

    @contextmanager
    def one(self, tenant_id: UUID) -> Iterator[None]:
        """Hold a place for as long as the block lasts; TooManyStreams or NoPlaceLeft if there is none."""
        if self._taken[tenant_id] >= self._most_a_tenant:
            raise TooManyStreams(self._most_a_tenant)
        if self._taken.total() >= self._most:
            raise StreamLimitReached
        self._taken[tenant_id] += 1
        try:
            yield
        finally:
            self._taken[tenant_id] -= 1
            self._taken += Counter()  # forgets the tenants that have none
