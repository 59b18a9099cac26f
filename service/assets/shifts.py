"""What a tenant's fine-tunes have made: rows here, files in the store."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import select

from service.assets import artifacts, deletion
from service.errors import NotFound
from service.infra.database import Scope
from service.pagination import Page, fetch_page
from service.tables import Artifact, ShiftRow
from svdiff_core.parameters.methods import SVDIFF


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


def find(scope: Scope, shift_id: UUID | None, *, lock: bool = False) -> ShiftRow | None:
    """The tenant's shift, if there is one of this id."""
    query = select(ShiftRow).where(ShiftRow.id == shift_id, ShiftRow.tenant_id == scope.tenant_id)
    return scope.session.scalar(query.with_for_update() if lock else query) if shift_id else None


def get(scope: Scope, shift_id: UUID | None, *, lock: bool = False) -> ShiftRow:
    """The tenant's shift; NotFound for any other id."""
    shift = find(scope, shift_id, lock=lock)
    if shift is None:
        raise NotFound("shift")
    return shift


def list_page(scope: Scope, *, limit: int, after: UUID | None) -> Page[ShiftRow]:
    """The tenant's shifts, newest first."""
    query = select(ShiftRow).where(ShiftRow.tenant_id == scope.tenant_id)
    return fetch_page(scope.session, query, ShiftRow.id, limit=limit, after=after)


def get_file(scope: Scope, shift: ShiftRow) -> Artifact:
    """The row of the shift's file."""
    artifact = artifacts.get(scope, shift.artifact_id)
    if artifact is None:  # the foreign key forbids it
        raise NotFound("shift")
    return artifact


def get_files(scope: Scope, shifts: list[ShiftRow]) -> dict[UUID, Artifact]:
    """The files of many shifts in one query, by artifact id."""
    file_ids = [shift.artifact_id for shift in shifts]
    query = select(Artifact).where(Artifact.id.in_(file_ids), Artifact.tenant_id == scope.tenant_id)
    return {artifact.id: artifact for artifact in scope.session.scalars(query)}


def get_method(file: Artifact) -> str:
    """The method of the fine-tune that made the file."""
    return str(file.details.get("method", SVDIFF))


def delete(scope: Scope, shift_id: UUID | None) -> None:
    """Delete the shift and its file; InUse while an unfinished job needs it."""
    shift = get(
        scope, shift_id, lock=True
    )  # so that a job which is being submitted with it is either seen here or does not find it
    deletion.refuse_if_in_use(scope, shift.id, "shift")
    artifact = get_file(scope, shift)
    scope.session.delete(shift)
    scope.session.flush()
    artifacts.discard(scope, artifact)
