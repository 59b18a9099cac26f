"""A POST with an Idempotency-Key happens once; its repetition is rendered anew from the same resource."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Annotated, Any, TypeVar
from uuid import UUID

from fastapi import Depends, Request

from api.dependencies.parameters import IdempotencyHeader
from api.dependencies.scope import TenantScope
from service.idempotency import Call, Identified, find_resource, fingerprint, once
from service.infra.database import Scope

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
        return once(self.scope, self._call(sent), make, find)

    def made(self, sent: Mapping[str, Any]) -> UUID | None:
        """What the same call made before; KeyBusy or KeyReused as above."""
        call = self._call(sent)
        return None if call is None else find_resource(self.scope, call)

    def _call(self, sent: Mapping[str, Any]) -> Call | None:
        return None if self.key is None else Call("POST", self.route, self.key, fingerprint(sent), self.status)


async def idempotent_call(request: Request, scope: TenantScope, key: IdempotencyHeader = None) -> IdempotentCall:
    """Of the request's route and key."""
    route = request.scope["route"]
    return IdempotentCall(scope, route.path, key, route.status_code or 200)


Idempotent = Annotated[IdempotentCall, Depends(idempotent_call)]
