"""A few places for work that is heavy; a tenant has one at a time, so that none takes them all."""

from collections.abc import Iterator
from contextlib import contextmanager
from uuid import UUID

from service.errors import TooManyUploads


class UploadSlots:
    """Used from the event loop's thread alone."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._taken: set[UUID] = set()

    @contextmanager
    def one(self, tenant_id: UUID) -> Iterator[None]:
        """A place for as long as the block lasts; TooManyUploads where there is none: nobody waits in line."""
        if tenant_id in self._taken or len(self._taken) >= self._limit:
            raise TooManyUploads
        self._taken.add(tenant_id)
        try:
            yield
        finally:
            self._taken.discard(tenant_id)
