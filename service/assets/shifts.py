"""Trained shifts of a tenant: rows here, files in the store."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import select

from service.assets import artifacts, deletion
from service.errors import NotFound
from service.infra.database import Scope
from service.pagination import Page, page
from service.tables import Artifact, ShiftRow


@dataclass(frozen=True)
class NewShift:
    """A shift whose file lies in the store and whose row is still to be written."""

    id: UUID
    artifact_id: UUID
    name: str
    base_name: str
    fingerprint: str
    words: Mapping[str, Any]


def record(scope: Scope, shift: NewShift) -> ShiftRow:
    """Write the row of a shift whose artifact is recorded already."""
    row = ShiftRow(
        id=shift.id,
        tenant_id=scope.tenant_id,
        artifact_id=shift.artifact_id,
        name=shift.name,
        base_name=shift.base_name,
        fingerprint=shift.fingerprint,
        words=dict(shift.words),
    )
    scope.session.add(row)
    scope.session.flush()
    return row


def get(scope: Scope, shift_id: UUID | None, *, lock: bool = False) -> ShiftRow:
    """The tenant's shift; NotFound for any other id."""
    query = select(ShiftRow).where(ShiftRow.id == shift_id, ShiftRow.tenant_id == scope.tenant_id)
    shift = scope.session.scalar(query.with_for_update() if lock else query) if shift_id else None
    if shift is None:
        raise NotFound("shift")
    return shift


def listing(scope: Scope, *, limit: int, after: UUID | None) -> Page[ShiftRow]:
    """The tenant's shifts, newest first."""
    query = select(ShiftRow).where(ShiftRow.tenant_id == scope.tenant_id)
    return page(scope.session, query, ShiftRow.id, limit=limit, after=after)


def file_of(scope: Scope, shift: ShiftRow) -> Artifact:
    """The row of the shift's file."""
    artifact = artifacts.get(scope, shift.artifact_id)
    if artifact is None:  # the foreign key forbids it
        raise NotFound("shift")
    return artifact


def files_of(scope: Scope, shifts: list[ShiftRow]) -> dict[UUID, Artifact]:
    """The files of many shifts in one query, by artifact id."""
    wanted = [shift.artifact_id for shift in shifts]
    query = select(Artifact).where(Artifact.id.in_(wanted), Artifact.tenant_id == scope.tenant_id)
    return {artifact.id: artifact for artifact in scope.session.scalars(query)}


def delete(scope: Scope, shift_id: UUID | None) -> None:
    """Delete the shift and its file; InUse while an unfinished job needs it."""
    shift = get(scope, shift_id, lock=True)  # a job that is being accepted with it is seen, or does not see it
    deletion.refuse_if_in_use(scope, shift.id, "shift")
    artifact = file_of(scope, shift)
    scope.session.delete(shift)
    scope.session.flush()
    artifacts.discard(scope, artifact)
