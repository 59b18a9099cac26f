"""A POST with an Idempotency-Key happens once in 24 hours; its repetition is answered with the same resource."""

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Protocol, TypeVar
from uuid import UUID

from sqlalchemy import delete, func, select

from service.errors import KeyBusy, KeyReused
from service.infra.database import Scope
from service.infra.locks import KeyedLock, try_lock_key
from service.tables import IdempotencyKey

LIFETIME = timedelta(hours=24)


@dataclass(frozen=True)
class Call:
    """A POST as its repetition is recognized: method, route, the client's key, and what was sent."""

    method: str
    route: str
    key: str
    fingerprint: str
    status: int = 202


def fingerprint(body: Mapping[str, Any]) -> str:
    """sha256 of the body as canonical JSON."""
    return hashlib.sha256(json.dumps(body, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


def find_resource(scope: Scope, call: Call) -> UUID | None:
    """The resource that this call created before; KeyBusy while it is being created, KeyReused for another body."""
    name = (str(scope.tenant_id), call.method, call.route, call.key)
    if not try_lock_key(scope.session, KeyedLock.IDEMPOTENT_CALL, *name):
        raise KeyBusy
    scope.session.execute(
        delete(IdempotencyKey).where(*primary_key(scope, call), IdempotencyKey.created_at < func.now() - LIFETIME)
    )
    row = scope.session.scalar(select(IdempotencyKey).where(*primary_key(scope, call)))
    if row is None:
        return None
    if row.fingerprint != call.fingerprint:
        raise KeyReused
    return row.resource_id


def record(scope: Scope, call: Call, resource_id: UUID) -> None:
    """Record what the call created, in the transaction that creates it."""
    scope.session.add(
        IdempotencyKey(
            tenant_id=scope.tenant_id,
            method=call.method,
            route=call.route,
            key=call.key,
            fingerprint=call.fingerprint,
            status=call.status,
            resource_id=resource_id,
        )
    )
    scope.session.flush()


def primary_key(scope: Scope, call: Call) -> tuple[Any, ...]:
    """The primary key of the call's row."""
    return (
        IdempotencyKey.tenant_id == scope.tenant_id,
        IdempotencyKey.method == call.method,
        IdempotencyKey.route == call.route,
        IdempotencyKey.key == call.key,
    )


class Identified(Protocol):
    """A row with an id."""

    id: Any


Row = TypeVar("Row", bound=Identified)


def once(scope: Scope, call: Call | None, make: Callable[[], Row], find: Callable[[UUID], Row]) -> Row:
    """What this call makes, or made before; without a call, which has no key, it is made each time."""
    if call is None:
        return make()
    resource_id = find_resource(scope, call)
    if resource_id is not None:
        return find(resource_id)
    row = make()
    record(scope, call, row.id)
    return row
