"""Tenants and their keys. A key is 256 random bits; the database stores only its SHA-256."""

import hashlib
import secrets
from collections.abc import Mapping
from uuid import UUID

from sqlalchemy import String, cast, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from service.errors import Unauthorized
from service.ids import new_id
from service.infra.database import Database, Scope
from service.settings import Settings
from service.tables import ApiKey, TenantLoad, TenantRow

KEY_PREFIX = "svdiff_"
LIMITS = ("weight", "max_running", "max_pending", "max_batch_pending")


class UnknownTenant(LookupError):
    """No tenant of this name."""

    def __init__(self, name: str) -> None:
        super().__init__(f"There is no tenant named {name!r}.")


class TenantExists(ValueError):
    """The name is taken."""

    def __init__(self, name: str) -> None:
        super().__init__(f"There is a tenant named {name!r} already.")


def create_tenant(database: Database, settings: Settings, name: str) -> UUID:
    """Create a tenant with the default limits; TenantExists if the name is taken."""
    with database.engine() as session:
        row = insert(TenantRow).values(id=new_id(), name=name).on_conflict_do_nothing()
        tenant_id: UUID | None = session.scalar(row.returning(TenantRow.id))
        if tenant_id is None:
            raise TenantExists(name)
        session.add(
            TenantLoad(
                tenant_id=tenant_id,
                max_running=settings.tenant_max_running,
                max_pending=settings.tenant_max_pending,
                max_batch_pending=settings.tenant_max_batch_pending,
            )
        )
    return tenant_id


def set_limits(database: Database, name: str, changes: Mapping[str, float]) -> dict[str, float]:
    """Change some of a tenant's LIMITS; return all of them. UnknownTenant if there is none of the name."""
    with database.engine() as session:
        tenant_id = find_tenant_id(session, name)
        query = select(TenantLoad).where(TenantLoad.tenant_id == tenant_id).with_for_update()
        load = session.scalar(query)
        if load is None:
            raise UnknownTenant(name)
        for limit, value in changes.items():
            setattr(load, limit, value)
        return {limit: getattr(load, limit) for limit in LIMITS}


def create_key(database: Database, tenant: str, name: str = "default") -> str:
    """Create a key of the tenant; this is the only time that it is shown in clear."""
    with database.engine() as session:
        tenant_id = find_tenant_id(session, tenant)
    if tenant_id is None:
        raise UnknownTenant(tenant)
    key = KEY_PREFIX + secrets.token_urlsafe(32)
    with database.tenant(tenant_id) as scope:
        scope.session.add(ApiKey(tenant_id=tenant_id, name=name, digest=key_digest(key)))
    return key


def has_key(database: Database, tenant: str) -> bool:
    """Whether the tenant has a key at all."""
    with database.engine() as session:
        tenant_id = find_tenant_id(session, tenant)
    if tenant_id is None:
        return False
    with database.tenant(tenant_id) as scope:
        return scope.session.scalar(select(ApiKey.id).limit(1)) is not None


def find_tenant_id(session: Session, name: str) -> UUID | None:
    """The id of the tenant of this name."""
    return session.scalar(select(TenantRow.id).where(TenantRow.name == name))


def authenticate(session: Session, key: str) -> Scope:
    """Have the transaction act for the key's tenant; Unauthorized if there is no such key."""
    tenant = func.coalesce(cast(func.tenant_of_key(key_digest(key)), String), "")
    tenant_id = session.scalar(select(func.set_config("app.tenant", tenant, True)))  # noqa: FBT003 — SQL has positions
    if not tenant_id:
        raise Unauthorized
    return Scope(session, UUID(tenant_id))


def key_digest(key: str) -> bytes:
    """SHA-256 of the key: enough for 256 random bits, which no dictionary attack can find."""
    return hashlib.sha256(key.encode()).digest()
