"""Objects in the store that have a row: their keys, their rows, and the deletion of both."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert

from service.ids import new_id
from service.infra.database import Database, Scope
from service.infra.object_store import ObjectStore
from service.tables import Artifact, PendingDeletion


@dataclass(frozen=True)
class StoredObject:
    """An object that lies in the store and waits for its row."""

    id: UUID
    kind: str
    key: str
    media_type: str
    bytes: int
    sha256: str
    details: dict[str, Any]


def upload(
    store: ObjectStore,
    tenant_id: UUID,
    folder: str,
    *,
    kind: str,
    data: bytes,
    media_type: str,
    details: dict[str, Any] | None = None,
) -> StoredObject:
    """Put the bytes under a new key in the tenant's `folder`; they belong to nobody until `record` writes the row."""
    artifact_id = new_id()
    key = f"tenants/{tenant_id.hex}/{folder}/{artifact_id.hex}"
    store.put(key, data, media_type)
    return StoredObject(artifact_id, kind, key, media_type, len(data), hashlib.sha256(data).hexdigest(), details or {})


def record(scope: Scope, stored: StoredObject, job_id: UUID | None = None) -> Artifact:
    """Write the object's row."""
    row = Artifact(
        id=stored.id,
        tenant_id=scope.tenant_id,
        kind=stored.kind,
        job_id=job_id,
        object_key=stored.key,
        media_type=stored.media_type,
        bytes=stored.bytes,
        sha256=stored.sha256,
        details=stored.details,
    )
    scope.session.add(row)
    scope.session.flush()
    return row


def get(scope: Scope, artifact_id: UUID) -> Artifact | None:
    """The tenant's artifact of this id."""
    return scope.session.scalar(
        select(Artifact).where(Artifact.id == artifact_id, Artifact.tenant_id == scope.tenant_id)
    )


def list_of_job(scope: Scope, job_id: UUID, kind: str) -> Sequence[Artifact]:
    """The artifacts of this kind that a job made, oldest first."""
    query = select(Artifact).where(
        Artifact.job_id == job_id, Artifact.tenant_id == scope.tenant_id, Artifact.kind == kind
    )
    return scope.session.scalars(query.order_by(Artifact.id)).all()


def discard(scope: Scope, artifact: Artifact) -> None:
    """Delete the row now and the object soon: upkeep deletes marked objects once this transaction is committed."""
    mark_for_deletion(scope, artifact.object_key)
    scope.session.delete(artifact)
    scope.session.flush()


def mark_for_deletion(scope: Scope, key: str) -> None:
    """Have upkeep delete the object under this key."""
    scope.session.execute(insert(PendingDeletion).values(object_key=key).on_conflict_do_nothing())


def delete_marked_objects(database: Database, store: ObjectStore, limit: int = 20) -> int:
    """Delete marked objects from the store, then their marks; return how many. Safe to run twice at once.

    Few at a time: the rows are locked while the store answers.
    """
    with database.engine() as session:
        query = select(PendingDeletion.object_key).order_by(PendingDeletion.created_at).limit(limit)
        keys = session.scalars(query.with_for_update(skip_locked=True)).all()
        for key in keys:
            store.delete(key)
        session.execute(delete(PendingDeletion).where(PendingDeletion.object_key.in_(keys)))
    return len(keys)
