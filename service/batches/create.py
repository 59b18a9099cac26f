"""Making a batch: its row and all of its jobs in one transaction, so that nothing runs, or is left, of half a batch."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select

from service.bases import BaseCatalog
from service.batches.inputs import lock_inputs
from service.batches.line_errors import LineErrors
from service.batches.lines import FineTuneLine, Source, ValidLine, chunks, valid_lines
from service.batches.quota import reserve
from service.batches.resolve import ResolvedLine, Resolver, resolve_lines
from service.batches.survey import Survey
from service.enums import Priority
from service.ids import new_id
from service.infra.database import Scope
from service.jobs.submission import BatchLine, NewJob, insert_jobs
from service.tables import Batch


@dataclass(frozen=True)
class BatchRequest:
    """What the client says of the whole: a name, the file's sha256, and the deadline of lines without their own."""

    name: str | None
    sha256: str
    expires_in: float | None


def create(scope: Scope, request: BatchRequest, survey: Survey, source: Source) -> Batch:
    """Queue every line; TooManyLinesPending at the tenant's limit, BadLines if a line's meaning went since the check.

    The tenant's load, which claims need, is locked at the very end alone.
    """
    batch = Batch(id=new_id(), tenant_id=scope.tenant_id, name=request.name, lines=survey.lines, sha256=request.sha256)
    scope.session.add(batch)
    scope.session.flush()
    moment = scope.session.scalars(select(func.now())).one()
    errors, catalog = LineErrors(), BaseCatalog(scope.session)
    for chunk in needed_first(survey, source):
        scope.session.execute(select(1))  # long stretches may have no line of a kind, and Postgres ends who is idle
        lines = list(resolve_lines(Resolver(scope, catalog, survey, chunk), chunk, errors))
        insert_jobs(scope, [new_job(line, batch.id, moment, request.expires_in) for line in lines])
        errors.raise_if_any()
    lock_inputs(scope, batch.id)
    reserve(scope, survey.lines)
    scope.session.refresh(batch)
    scope.after_commit.wake_workers = True
    return batch


def new_job(line: ResolvedLine, batch_id: UUID, moment: datetime, expires_in: float | None) -> NewJob:
    """The line's job; all jobs of a batch are accepted at one moment."""
    where = BatchLine(batch_id, line.line.custom_id, line.line.number, expires_in)
    return NewJob(line.job_id, line.draft, Priority.BATCH, moment, line.depends_on, where)


def needed_first(survey: Survey, source: Source) -> Iterator[list[ValidLine]]:
    """The fine-tunes, then the rest: what names a job must come after it."""
    for trainers in (True, False) if survey.trainers else (False,):
        for chunk in chunks(valid_lines(source)):
            yield [line for line in chunk if isinstance(line, FineTuneLine) == trainers]
