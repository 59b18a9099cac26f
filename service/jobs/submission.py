"""Submitting a job: quota, row, first event, inputs and dependencies in the request's one transaction.

The row itself is the outbox of the wake-up: maintenance and every idle slot find it without a message.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import func, insert, select

from service.enums import HANDICAP_SECONDS, JobState, Priority
from service.errors import TooManyPending
from service.ids import new_id
from service.infra.database import Scope
from service.jobs.specs import EditSpec, FineTuneSpec, GenerationSpec
from service.tables import Job, JobDependency, JobEvent, JobInput, Table, TenantLoad


@dataclass(frozen=True)
class JobDraft:
    """A complete spec, and what the queue must know of it. `input_ids` are the images and shifts that it needs.

    `steps` are those that its progress will count first.
    """

    kind: str
    spec: FineTuneSpec | GenerationSpec | EditSpec
    steps: int
    estimate_seconds: float
    input_ids: Iterable[UUID]
    expires_in: float | None


@dataclass(frozen=True)
class BatchLine:
    """Which line of which batch a job is; `expires_in` is the batch's, for a line without its own."""

    batch_id: UUID
    custom_id: str
    number: int
    expires_in: float | None


@dataclass(frozen=True)
class NewJob:
    """A job as its rows will have it: accepted at a moment, after the jobs that it depends on."""

    id: UUID
    draft: JobDraft
    priority: Priority
    accepted_at: datetime
    depends_on: frozenset[UUID] = frozenset()
    line: BatchLine | None = None

    @property
    def state(self) -> str:
        """Its first state, and the type of its first event."""
        return JobState.BLOCKED.value if self.depends_on else JobState.QUEUED.value

    def values(self, tenant_id: UUID) -> dict[str, Any]:
        """The values of the job's row; every row has the same columns."""
        draft, line = self.draft, self.line
        expires_in = line.expires_in if line and draft.expires_in is None else draft.expires_in
        return {
            "id": self.id,
            "tenant_id": tenant_id,
            "kind": draft.kind,
            "state": self.state,
            "spec": draft.spec.model_dump(mode="json", by_alias=True),
            "fingerprint": draft.spec.fingerprint,
            "steps": draft.steps,
            "event_seq": 1,
            "priority": self.priority.value,
            "urgent_at": self.accepted_at + timedelta(seconds=HANDICAP_SECONDS[self.priority]),
            "expires_at": None if expires_in is None else self.accepted_at + timedelta(seconds=expires_in),
            "estimate_seconds": draft.estimate_seconds,
            "batch_id": line and line.batch_id,
            "custom_id": line and line.custom_id,
            "line": line and line.number,
        }


def submit_job(scope: Scope, draft: JobDraft, priority: Priority) -> Job:
    """Queue a job for the tenant; TooManyPending at its limit."""
    job = NewJob(new_id(), draft, priority, reserve_pending(scope))
    insert_jobs(scope, [job])
    scope.after_commit.wake_workers = True
    scope.after_commit.changed_jobs.append(job.id)
    return scope.session.get_one(Job, job.id)


def insert_jobs(scope: Scope, jobs: Sequence[NewJob]) -> None:
    """Write jobs with their first events, inputs and dependencies; what they depend on must be written before."""
    tenant = {"tenant_id": scope.tenant_id}
    rows: dict[type[Table], list[dict[str, Any]]] = {
        Job: [job.values(scope.tenant_id) for job in jobs],
        JobEvent: [{"job_id": job.id, "seq": 1, "type": job.state, "data": {}} | tenant for job in jobs],
        JobInput: [{"job_id": job.id, "input_id": i} | tenant for job in jobs for i in set(job.draft.input_ids)],
        JobDependency: [{"job_id": job.id, "needs_id": i} | tenant for job in jobs for i in job.depends_on],
    }
    for table, values in rows.items():
        if values:
            scope.session.execute(insert(table), values, execution_options={"render_nulls": True})


def reserve_pending(scope: Scope) -> datetime:
    """Count a job as pending, at the moment that is returned; TooManyPending at the tenant's limit."""
    query = select(TenantLoad, func.now()).where(TenantLoad.tenant_id == scope.tenant_id).with_for_update()
    row = scope.session.execute(query).one_or_none()
    if row is None or row[0].pending >= row[0].max_pending:
        raise TooManyPending(row[0].max_pending if row else 0)
    load, moment = row
    align_fair_share(scope, load)
    load.pending += 1
    scope.session.flush()
    return moment


def align_fair_share(scope: Scope, load: TenantLoad) -> None:
    """Start a tenant that returns, whose row is locked, level with the least served active one."""
    if load.running + load.pending + load.batch_pending == 0:
        level = scope.session.scalar(select(func.lowest_active_share())) or 0.0
        load.served_seconds = max(load.served_seconds, level * load.weight)
