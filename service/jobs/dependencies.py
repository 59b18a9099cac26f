"""Jobs that depend on other jobs: a generation on the fine-tunes whose shifts it names."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import delete, exists, select
from sqlalchemy.orm import aliased

from service.enums import TERMINAL, JobState
from service.ids import from_wire, to_wire
from service.infra.database import Database, Scope
from service.jobs.bulk_transitions import end_waiting, queue_blocked
from service.jobs.errors import DependencyFailed
from service.tables import Job, JobDependency, JobInput, ShiftRow

BATCH_SIZE = 500  # jobs in one transaction
FAILED_STATES = TERMINAL - {JobState.SUCCEEDED}


def resolve_dependencies(database: Database) -> list[UUID]:
    """Queue the blocked jobs whose dependencies have succeeded, fail those whose have not; return both.

    Safe to run twice at once. A crash in between leaves the rest to the next call.
    """
    resolved: list[UUID] = []
    last: UUID | None = None
    while blocked := _list_resolvable(database, last):
        for tenant_id in sorted({tenant_id for _, tenant_id in blocked}):
            with database.tenant(tenant_id) as scope:
                resolved += _resolve_chunk(scope, [job_id for job_id, owner in blocked if owner == tenant_id])
        last, _ = blocked[-1]  # rows that another transaction has locked are left to that one, or to the next call
    return resolved


def _list_resolvable(database: Database, after: UUID | None) -> Sequence[tuple[UUID, UUID]]:
    """Blocked jobs after the given one that can be resolved: all dependencies have ended, or one did not succeed."""
    need, open_need = aliased(Job), aliased(Job)
    other = aliased(JobDependency)
    unfinished = exists().where(
        other.job_id == JobDependency.job_id, open_need.id == other.needs_id, open_need.state.not_in(TERMINAL)
    )
    query = (
        select(JobDependency.job_id, JobDependency.tenant_id)
        .join(need, need.id == JobDependency.needs_id)
        .where(need.state.in_(FAILED_STATES) | ((need.state == JobState.SUCCEEDED) & ~unfinished))
        .distinct()
        .order_by(JobDependency.job_id)
        .limit(BATCH_SIZE)
    )
    if after is not None:
        query = query.where(JobDependency.job_id > after)
    with database.engine() as session:
        return [(row.job_id, row.tenant_id) for row in session.execute(query)]


@dataclass(frozen=True)
class Requirement:
    """A job that another depends on: its id on the wire, whether it failed, and the shift that it made."""

    job: str
    failed: bool
    shift_id: UUID | None


def _resolve_chunk(scope: Scope, job_ids: Iterable[UUID]) -> list[UUID]:
    query = select(Job).where(Job.id.in_(job_ids), Job.tenant_id == scope.tenant_id).order_by(Job.id)
    jobs = scope.session.scalars(query.with_for_update(skip_locked=True)).all()
    blocked = [job for job in jobs if job.state == JobState.BLOCKED]
    needs = _list_requirements(scope, blocked)
    existing = _lock_existing_shifts(
        scope, {need.shift_id for needs_of_job in needs.values() for need in needs_of_job if need.shift_id}
    )
    ready = {job.id for job in blocked if all(need.shift_id in existing for need in needs[job.id])}
    _queue(scope, [job for job in blocked if job.id in ready], needs)
    _fail(scope, [job for job in blocked if job.id not in ready], needs)
    scope.session.execute(delete(JobDependency).where(JobDependency.job_id.in_([job.id for job in jobs])))
    return [job.id for job in blocked]


def _list_requirements(scope: Scope, jobs: Iterable[Job]) -> dict[UUID, list[Requirement]]:
    """What each of the jobs depends on, in the order of ids."""
    needs: dict[UUID, list[Requirement]] = {job.id: [] for job in jobs}
    query = (
        select(JobDependency.job_id, Job.id, Job.state, Job.result)
        .join(Job, Job.id == JobDependency.needs_id)
        .where(JobDependency.job_id.in_(needs))
        .order_by(Job.id)
    )
    for job_id, needs_id, state, result in scope.session.execute(query):
        shift_id = from_wire("shf", result["shift"]["id"]) if state == JobState.SUCCEEDED and result else None
        needs[job_id].append(Requirement(to_wire("job", needs_id), state in FAILED_STATES, shift_id))
    return needs


def _lock_existing_shifts(scope: Scope, shift_ids: set[UUID]) -> set[UUID]:
    """Those of the shifts that have not been deleted, locked so that they are not until the commit."""
    query = select(ShiftRow.id).where(ShiftRow.id.in_(shift_ids), ShiftRow.tenant_id == scope.tenant_id)
    return set(scope.session.scalars(query.order_by(ShiftRow.id).with_for_update(read=True)))


def _queue(scope: Scope, jobs: Sequence[Job], needs: Mapping[UUID, Sequence[Requirement]]) -> None:
    for job in jobs:
        shifts = [need.shift_id for need in needs[job.id] if need.shift_id]
        scope.session.add_all(
            JobInput(job_id=job.id, input_id=shift_id, tenant_id=job.tenant_id) for shift_id in set(shifts)
        )
    scope.session.flush()
    queue_blocked(scope.session, {job.id: _fill_in_shifts(job.spec, needs[job.id]) for job in jobs})


def _fail(scope: Scope, jobs: Sequence[Job], needs: Mapping[UUID, Sequence[Requirement]]) -> None:
    """Fail the jobs, those with the same cause in one statement: a batch may have thousands."""
    by_cause: dict[str | None, list[UUID]] = {}
    for job in jobs:
        by_cause.setdefault(_first_failed(needs[job.id]), []).append(job.id)
    for failed_job, job_ids in by_cause.items():
        error = DependencyFailed(failed_job).document()
        end_waiting(scope.session, scope.tenant_id, job_ids, JobState.FAILED, error=error)


def _first_failed(needs: Sequence[Requirement]) -> str | None:
    """The first dependency that failed; None where all succeeded and a shift was deleted since."""
    return next((need.job for need in needs if need.failed), None)


def _fill_in_shifts(spec: dict[str, Any], needs: Sequence[Requirement]) -> dict[str, Any]:
    shift_ids = {need.job: to_wire("shf", need.shift_id) for need in needs if need.shift_id}
    shifts = [
        {"id": shift_ids[shift["fine_tune"]]} | {key: value for key, value in shift.items() if key != "fine_tune"}
        if "fine_tune" in shift
        else shift
        for shift in spec["shifts"]
    ]
    return spec | {"shifts": shifts}
