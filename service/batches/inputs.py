"""Locking the images and shifts that a batch needs, so that none is deleted before it is queued."""

from uuid import UUID

from sqlalchemy import Select, func, select

from service.batches.line_errors import LineErrors
from service.errors import UnknownReference
from service.infra.database import Scope
from service.tables import Image, Job, JobInput, ShiftRow


def lock_inputs(scope: Scope, batch_id: UUID) -> None:
    """Lock what the batch's lines need until the commit; InvalidBatch if one of them has been deleted.

    At the end, since deleting a picture should not wait for fifty thousand lines to be written.
    """
    needed = select(JobInput.input_id).join(Job, Job.id == JobInput.job_id).where(Job.batch_id == batch_id)
    locked_count = 0
    for table in (Image, ShiftRow):
        own = select(table.id).where(table.id.in_(needed), table.tenant_id == scope.tenant_id).order_by(table.id)
        locked = own.with_for_update(read=True, key_share=True).subquery()
        locked_count += scope.session.scalar(select(func.count()).select_from(locked)) or 0
    if locked_count < (scope.session.scalar(select(func.count()).select_from(needed.distinct().subquery())) or 0):
        raise_missing_inputs(scope, batch_id)


def raise_missing_inputs(scope: Scope, batch_id: UUID) -> None:
    """InvalidBatch with the lines whose images or shifts have been deleted."""
    faults = LineErrors()
    for row in scope.session.execute(missing_inputs_query(batch_id)):
        faults.add_error(row.line, row.custom_id, UnknownReference("", "image or shift any more"))
    faults.raise_if_any()


def missing_inputs_query(batch_id: UUID) -> Select[int | None, str | None]:
    """The lines that need an image or a shift that does not exist."""
    existing = select(Image.id).union_all(select(ShiftRow.id))
    query = select(Job.line, Job.custom_id).join(JobInput, JobInput.job_id == Job.id)
    return query.where(Job.batch_id == batch_id, JobInput.input_id.not_in(existing)).distinct().order_by(Job.line)
