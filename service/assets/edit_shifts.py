"""The shifts that edits have trained: a later edit of the same picture finds them by its key."""

from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from service.infra.database import Scope
from service.tables import EditShift, ShiftRow


def find(scope: Scope, key: str, *, lock: bool = False) -> ShiftRow | None:
    """The tenant's shift of this key; locked, it cannot be deleted before the end of the transaction."""
    query = (
        select(ShiftRow)
        .join(EditShift, EditShift.shift_id == ShiftRow.id)
        .where(EditShift.key == key, EditShift.tenant_id == scope.tenant_id, ShiftRow.tenant_id == scope.tenant_id)
    )
    return scope.session.scalar(query.with_for_update(read=True, of=ShiftRow) if lock else query)


def record(scope: Scope, key: str, shift_id: UUID) -> None:
    """Have later edits use this shift. Where two were trained at once the first counts, and both are equally good."""
    row = {"tenant_id": scope.tenant_id, "key": key, "shift_id": shift_id}
    scope.session.execute(insert(EditShift).values(row).on_conflict_do_nothing())
