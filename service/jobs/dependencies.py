"""Jobs that wait for other jobs: a generation for the fine-tunes whose shifts it names."""

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

AT_ONCE = 500  # jobs in one transaction
BAD_ENDS = TERMINAL - {JobState.SUCCEEDED}


def settle(database: Database) -> list[UUID]:
    """Queue the blocked jobs whose needs have succeeded, and fail those that cannot have what they need; all of them.

    Safe to run twice at once. A crash in between leaves the rest to the next call.
    """
    settled: list[UUID] = []
    last: UUID | None = None
    while found := _decided(database, last):
        for tenant_id in sorted({tenant_id for _, tenant_id in found}):
            with database.tenant(tenant_id) as scope:
                settled += _settle_some(scope, [job_id for job_id, owner in found if owner == tenant_id])
        last, _ = found[-1]  # what somebody else holds is theirs to settle, or the next call's
    return settled


def _decided(database: Database, after: UUID | None) -> Sequence[tuple[UUID, UUID]]:
    """Blocked jobs that need not wait any more, after the given one: all needs have ended, or one has ended badly."""
    need, open_need = aliased(Job), aliased(Job)
    other = aliased(JobDependency)
    unfinished = exists().where(
        other.job_id == JobDependency.job_id, open_need.id == other.needs_id, open_need.state.not_in(TERMINAL)
    )
    query = (
        select(JobDependency.job_id, JobDependency.tenant_id)
        .join(need, need.id == JobDependency.needs_id)
        .where(need.state.in_(BAD_ENDS) | ((need.state == JobState.SUCCEEDED) & ~unfinished))
        .distinct()
        .order_by(JobDependency.job_id)
        .limit(AT_ONCE)
    )
    if after is not None:
        query = query.where(JobDependency.job_id > after)
    with database.engine() as session:
        return [(row.job_id, row.tenant_id) for row in session.execute(query)]


@dataclass(frozen=True)
class Need:
    """A job that another waits for: its id on the wire, and the shift that it made."""

    job: str
    ended_badly: bool
    shift_id: UUID | None


def _settle_some(scope: Scope, job_ids: Iterable[UUID]) -> list[UUID]:
    query = select(Job).where(Job.id.in_(job_ids), Job.tenant_id == scope.tenant_id).order_by(Job.id)
    jobs = scope.session.scalars(query.with_for_update(skip_locked=True)).all()
    blocked = [job for job in jobs if job.state == JobState.BLOCKED]
    needs = _needs(scope, blocked)
    standing = _standing(scope, {need.shift_id for of_one in needs.values() for need in of_one if need.shift_id})
    ready = {job.id for job in blocked if all(need.shift_id in standing for need in needs[job.id])}
    _queue(scope, [job for job in blocked if job.id in ready], needs)
    _fail(scope, [job for job in blocked if job.id not in ready], needs)
    scope.session.execute(delete(JobDependency).where(JobDependency.job_id.in_([job.id for job in jobs])))
    return [job.id for job in blocked]


def _needs(scope: Scope, jobs: Iterable[Job]) -> dict[UUID, list[Need]]:
    """What each of the jobs waits for, in the order of ids."""
    needs: dict[UUID, list[Need]] = {job.id: [] for job in jobs}
    query = (
        select(JobDependency.job_id, Job.id, Job.state, Job.result)
        .join(Job, Job.id == JobDependency.needs_id)
        .where(JobDependency.job_id.in_(needs))
        .order_by(Job.id)
    )
    for job_id, needs_id, state, result in scope.session.execute(query):
        shift_id = from_wire("shf", result["shift"]["id"]) if state == JobState.SUCCEEDED and result else None
        needs[job_id].append(Need(to_wire("job", needs_id), state in BAD_ENDS, shift_id))
    return needs


def _standing(scope: Scope, shift_ids: set[UUID]) -> set[UUID]:
    """Those of the shifts that nobody has deleted since; they are kept from now on."""
    query = select(ShiftRow.id).where(ShiftRow.id.in_(shift_ids), ShiftRow.tenant_id == scope.tenant_id)
    return set(scope.session.scalars(query.order_by(ShiftRow.id).with_for_update(read=True)))


def _queue(scope: Scope, jobs: Sequence[Job], needs: Mapping[UUID, Sequence[Need]]) -> None:
    for job in jobs:
        shifts = [need.shift_id for need in needs[job.id] if need.shift_id]
        scope.session.add_all(JobInput(job_id=job.id, input_id=one, tenant_id=job.tenant_id) for one in set(shifts))
    scope.session.flush()
    queue_blocked(scope.session, {job.id: _filled_in(job.spec, needs[job.id]) for job in jobs})


def _fail(scope: Scope, jobs: Sequence[Job], needs: Mapping[UUID, Sequence[Need]]) -> None:
    """One statement for all that miss the same: a batch may have thousands."""
    missing: dict[str | None, list[UUID]] = {}
    for job in jobs:
        missing.setdefault(_missing(needs[job.id]), []).append(job.id)
    for needed, job_ids in missing.items():
        error = DependencyFailed(needed).document()
        end_waiting(scope.session, scope.tenant_id, job_ids, JobState.FAILED, error=error)


def _missing(needs: Sequence[Need]) -> str | None:
    """The first job that ended badly; None where a shift was made and deleted."""
    return next((need.job for need in needs if need.ended_badly), None)


def _filled_in(spec: dict[str, Any], needs: Sequence[Need]) -> dict[str, Any]:
    made = {need.job: to_wire("shf", need.shift_id) for need in needs if need.shift_id}
    filled = [
        {"id": made[shift["fine_tune"]]} | {key: value for key, value in shift.items() if key != "fine_tune"}
        if "fine_tune" in shift
        else shift
        for shift in spec["shifts"]
    ]
    return spec | {"shifts": filled}
