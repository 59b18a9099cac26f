"""Accepting a job: quota, row, first event, inputs and needs in the request's one transaction.

The row itself is the outbox of the bell: the sweeper and every idle slot find it without a message.
"""

from collections.abc import Iterable
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import func, insert, select

from service.database import Scope
from service.errors import TooManyPending
from service.ids import new_id
from service.jobs import inputs
from service.jobs.priorities import HANDICAP_SECONDS, Priority
from service.jobs.states import JobState
from service.tables import Job, JobEvent, TenantLoad

RING = "ring"  # the key in a session's `info` that asks its owner to ring after the commit


def accept(
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
    reserve(scope)
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
    inputs.link(scope, job.id, input_ids)
    scope.session.info[RING] = True
    return job


def reserve(scope: Scope) -> None:
    """Count the job as pending; TooManyPending at the tenant's limit."""
    load = scope.session.scalar(select(TenantLoad).where(TenantLoad.tenant_id == scope.tenant_id).with_for_update())
    if load is None or load.pending >= load.max_pending:
        raise TooManyPending(load.max_pending if load else 0)
    level_up(scope, load)
    load.pending += 1
    scope.session.flush()


def level_up(scope: Scope, load: TenantLoad) -> None:
    """Start a tenant that returns, whose row is locked, level with the least served active one."""
    if load.running + load.pending + load.batch_pending == 0:
        level = scope.session.scalar(select(func.lowest_active_share())) or 0.0
        load.served_seconds = max(load.served_seconds, level * load.weight)
