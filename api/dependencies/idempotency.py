"""A POST with an Idempotency-Key happens once; its repetition is rendered anew from the same resource."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Protocol, TypeVar
from uuid import UUID

from fastapi import Depends, Request

from api.dependencies.parameters import IdempotencyHeader
from api.dependencies.scope import TenantScope
from service.idempotency import Call, earlier, fingerprint, remember
from service.infra.database import Scope


class Identified(Protocol):
    """A row with an id."""

    id: Any


Row = TypeVar("Row", bound=Identified)


@dataclass(frozen=True)
class IdempotentCall:
    """Makes a resource, or finds the one that the same call made before."""

    scope: Scope
    route: str
    key: str | None
    status: int

    def __call__(self, sent: Mapping[str, Any], make: Callable[[], Row], find: Callable[[UUID], Row]) -> Row:
        """The new or the earlier resource; KeyBusy or KeyReused as `service.idempotency` has them."""
        resource_id = self.made(sent)
        if resource_id is not None:
            return find(resource_id)
        row = make()
        if self.key is not None:
            remember(self.scope, self._call(self.key, sent), self.status, row.id)
        return row

    def made(self, sent: Mapping[str, Any]) -> UUID | None:
        """What the same call made before; KeyBusy or KeyReused as above."""
        return None if self.key is None else earlier(self.scope, self._call(self.key, sent))

    def _call(self, key: str, sent: Mapping[str, Any]) -> Call:
        return Call("POST", self.route, key, fingerprint(sent))


async def idempotent_call(request: Request, scope: TenantScope, key: IdempotencyHeader = None) -> IdempotentCall:
    """Of the request's route and key."""
    route = request.scope["route"]
    return IdempotentCall(scope, route.path, key, route.status_code or 200)


Idempotent = Annotated[IdempotentCall, Depends(idempotent_call)]
