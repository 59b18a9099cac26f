"""Submitting a job: quota, row, first event, inputs and dependencies in the request's one transaction.

The row itself is the outbox of the wake-up: maintenance and every idle slot find it without a message.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import func, insert, select

from service.enums import HANDICAP_SECONDS, JobState, Priority
from service.errors import TooManyPending
from service.ids import new_id
from service.infra.database import Scope
from service.jobs.specs import EditSpec, FineTuneSpec, GenerationSpec
from service.tables import Job, JobEvent, JobInput, TenantLoad

WAKE = "wake"  # the key in a session's `info` that names the jobs to wake the workers for after the commit


RING = "ring"  # the key in a session's `info` that asks its owner to ring after the commit


def insert_job(
    scope: Scope,
    *,
    kind: str,
    spec: dict[str, Any],
    fingerprint: str,
    steps: int,
    estimate_seconds: float,
    priority: Priority,
    input_ids: Iterable[UUID],
    expires_in: float | None = None,
) -> Job:
    """Queue a job for the tenant; TooManyPending at its limit. Whoever commits then rings the bell."""
    reserve_pending(scope)
    values = insert(Job).values(
        id=new_id(),
        tenant_id=scope.tenant_id,
        kind=kind,
        state=JobState.QUEUED.value,
        spec=spec,
        fingerprint=fingerprint,
        steps=steps,
        event_seq=1,
        estimate_seconds=estimate_seconds,
        priority=priority.value,
        urgent_at=func.now() + timedelta(seconds=HANDICAP_SECONDS[priority]),
        expires_at=None if expires_in is None else func.now() + timedelta(seconds=expires_in),
    )
    job = scope.session.scalars(values.returning(Job)).one()
    scope.session.add(JobEvent(job_id=job.id, seq=1, tenant_id=scope.tenant_id, type="queued", data={}))
    link_inputs(scope, job.id, input_ids)
    scope.session.info[RING] = True
    return job


def reserve_pending(scope: Scope) -> None:
    """Count the job as pending; TooManyPending at the tenant's limit."""
    load = scope.session.scalar(select(TenantLoad).where(TenantLoad.tenant_id == scope.tenant_id).with_for_update())
    if load is None or load.pending >= load.max_pending:
        raise TooManyPending(load.max_pending if load else 0)
    align_fair_share(scope, load)
    load.pending += 1
    scope.session.flush()


def align_fair_share(scope: Scope, load: TenantLoad) -> None:
    """Start a tenant that returns, whose row is locked, level with the least served active one."""
    if load.running + load.pending + load.batch_pending == 0:
        level = scope.session.scalar(select(func.lowest_active_share())) or 0.0
        load.served_seconds = max(load.served_seconds, level * load.weight)


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


def submit_job(scope: Scope, wanted: JobDraft, priority: Priority) -> Job:
    """Accept the job for the tenant, as `accept` has it."""
    return insert_job(
        scope,
        kind=wanted.kind,
        spec=wanted.spec.document(),
        fingerprint=wanted.spec.fingerprint,
        steps=wanted.steps,
        estimate_seconds=wanted.estimate_seconds,
        priority=priority,
        input_ids=wanted.input_ids,
        expires_in=wanted.expires_in,
    )


def link_inputs(scope: Scope, job_id: UUID, input_ids: Iterable[UUID]) -> None:
    """Note that the job needs these images and shifts."""
    for input_id in set(input_ids):
        scope.session.add(JobInput(job_id=job_id, input_id=input_id, tenant_id=scope.tenant_id))
    scope.session.flush()
