"""Claiming: the fairest tenant below its cap, then its most urgent job."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Float, Integer, case, cast, exists, extract, func, select
from sqlalchemy.orm import Session

from service.clock import from_now
from service.jobs.lifecycle import move
from service.jobs.states import JobState
from service.tables import Job, TenantLoad
from service.tables.job import FENCING

WARM_SECONDS = 5.0  # a job on a base that is loaded may overtake this much
TENANTS_A_CLAIM = 3  # how many tenants to try whose every job is locked just now, by a cancel say
CLAIMS_LOCK = 7_340_022  # any number, the same in every process that claims


@dataclass(frozen=True)
class Claim:
    """One attempt at one job, and the token that guards everything it writes."""

    job_id: UUID
    tenant_id: UUID
    kind: str
    spec: dict[str, Any]
    fingerprint: str
    attempt: int
    token: int
    estimate_seconds: float


def claim(session: Session, worker: str, lease_seconds: float, warm: tuple[str, ...] = ()) -> Claim | None:
    """Take one job for a lease on the database's clock; None if nothing can be taken now.

    `warm` are the fingerprints of the bases that the worker has loaded. Claims go one at a time: of two that ran
    side by side, the second would take the tenant that was fairest before the first charged it.
    """
    session.execute(select(func.pg_advisory_xact_lock(CLAIMS_LOCK)))
    passed: list[UUID] = []
    while len(passed) < TENANTS_A_CLAIM:
        tenant_id = fairest_tenant(session, passed)
        if tenant_id is None:
            return None
        job = most_urgent(session, tenant_id, warm)
        if job is not None:
            return take(session, job, worker, lease_seconds)
        passed.append(tenant_id)
    return None


def fairest_tenant(session: Session, passed: Sequence[UUID] = ()) -> UUID | None:
    """Lock the row of the tenant with the least served device time for its weight that has work and may run it."""
    waiting = exists().where(
        Job.tenant_id == TenantLoad.tenant_id, Job.state == JobState.QUEUED, Job.available_at <= func.now()
    )
    return session.scalar(
        select(TenantLoad.tenant_id)
        .where(waiting, TenantLoad.running < TenantLoad.max_running, TenantLoad.tenant_id.not_in(passed))
        .order_by(TenantLoad.served_seconds / TenantLoad.weight, TenantLoad.tenant_id)
        .limit(1)
        .with_for_update()
    )


def most_urgent(session: Session, tenant_id: UUID, warm: tuple[str, ...]) -> Job | None:
    """The job that waits longest, after its class's handicap and a bonus for a warm base.

    A handicap in seconds is a priority that ages: a job of a low class overtakes in the end.
    """
    age = cast(extract("epoch", func.now() - Job.created_at), Float)
    bonus = case((Job.fingerprint.in_(warm), WARM_SECONDS), else_=0.0)
    return session.scalar(
        select(Job)
        .where(Job.tenant_id == tenant_id, Job.state == JobState.QUEUED, Job.available_at <= func.now())
        .order_by((age - Job.handicap_seconds + bonus).desc(), Job.id)
        .limit(1)
        .with_for_update(skip_locked=True)
        .execution_options(populate_existing=True)
    )


def take(session: Session, job: Job, worker: str, lease_seconds: float) -> Claim:
    """Move the job to running, charge the tenant an estimate, and draw the fencing token."""
    token = session.scalar(select(FENCING.next_value()))
    if token is None:  # a sequence always answers
        raise RuntimeError("fencing_tokens gave no token")
    move(
        session,
        job,
        JobState.RUNNING,
        data={"attempt": job.attempt + 1},
        served=job.estimate_seconds,
        attempt=cast(Job.attempt + 1, Integer),
        token=token,
        worker=worker,
        lease_until=from_now(lease_seconds),
        claimed_at=func.clock_timestamp(),
        started_at=func.coalesce(Job.started_at, func.now()),
        phase="loading",
    )
    return Claim(
        job_id=job.id,
        tenant_id=job.tenant_id,
        kind=job.kind,
        spec=job.spec,
        fingerprint=job.fingerprint,
        attempt=job.attempt,
        token=token,
        estimate_seconds=job.estimate_seconds,
    )
