"""What keeps the queue moving when workers die: reaping, deadlines, and jobs that wait for others.

Two processes at once do no harm: rows are locked, and skipped where they are.
"""

from uuid import UUID

import structlog
from sqlalchemy import delete, exists, func, select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from service.enums import LEASED, JobState
from service.idempotency import LIFETIME
from service.infra.database import Database
from service.jobs import dependencies
from service.jobs.bulk_transitions import end_waiting
from service.jobs.ending import requeue_after_fault
from service.jobs.errors import LEASE_EXPIRED, WorkerLost
from service.jobs.training_state import drop_training_states
from service.jobs.transitions import move
from service.settings import Settings
from service.tables import IdempotencyKey, Job

log = structlog.get_logger()

BATCH_SIZE = 500  # jobs in one transaction


def take_turn(database: Database, settings: Settings) -> bool:
    """Take back lost jobs, end the overdue ones, unblock those whose needs are met; whether any may be claimed now.

    Upkeep does this every few seconds. A device slot does it too while it has nothing else to do, so that the queue
    moves on where upkeep or the broker is down.
    """
    reaped = reap(database, settings)
    expire(database)
    return bool(dependencies.resolve_dependencies(database)) or reaped > 0


def reap(database: Database, settings: Settings) -> int:
    """Take back every job whose lease ran out; how many. One that cannot be taken back does not keep the rest."""
    reaped, broken = 0, set[UUID]()
    while True:
        job_id: UUID | None = None
        try:
            with database.engine() as session:
                job = session.scalar(
                    select(Job)
                    .where(Job.lease_until < func.now(), Job.state.in_(LEASED), Job.id.not_in(broken))
                    .order_by(Job.lease_until)
                    .limit(1)
                    .with_for_update(skip_locked=True)
                )
                if job is None:
                    return reaped
                job_id = job.id
                take_back(session, job, settings)
        except SQLAlchemyError as error:
            if job_id is None:
                raise
            log.exception("job_not_reaped", job=str(job_id), reason=type(error).__name__)
            broken.add(job_id)
        else:
            reaped += 1


def take_back(session: Session, job: Job, settings: Settings) -> None:
    """Cancel what was being canceled, fail what has killed too many workers, requeue the rest with back-off."""
    served = leased_seconds(job) - job.estimate_seconds
    if job.state == JobState.CANCELING or job.attempt >= settings.max_attempts:
        drop_training_states(session, [job.id])
    if job.state == JobState.CANCELING:
        move(session, job, JobState.CANCELED, served=served)
    elif job.attempt >= settings.max_attempts:
        error = WorkerLost(job.attempt).document()
        move(session, job, JobState.FAILED, data={"error": error}, served=served, error=error)
    elif job.state == JobState.PAUSING:
        move(session, job, JobState.PAUSED, served=served)
    else:
        requeue_after_fault(session, job, LEASE_EXPIRED, served, settings)


def expire(database: Database) -> int:
    """End every job whose deadline passed before it started; how many. Nothing is billed."""
    expired = 0
    while True:
        with database.engine() as session:
            query = (
                select(Job.tenant_id, Job.id)
                .where(Job.expires_at <= func.now(), Job.started_at.is_(None), Job.ended_at.is_(None))
                .order_by(Job.id)
                .limit(BATCH_SIZE)
                .with_for_update(skip_locked=True)
            )
            jobs = session.execute(query).all()
            for tenant_id in sorted({job.tenant_id for job in jobs}):  # in one order, so that no two wait in a circle
                job_ids = [job.id for job in jobs if job.tenant_id == tenant_id]
                expired += end_waiting(session, tenant_id, job_ids, JobState.EXPIRED)
        if len(jobs) < BATCH_SIZE:
            return expired


def leased_seconds(job: Job) -> float:
    """How long the attempt held its device, at most: a job that kills its workers costs its tenant its turn."""
    if job.lease_until is None or job.claimed_at is None:
        return 0.0
    return max((job.lease_until - job.claimed_at).total_seconds(), 0.0)


def has_claimable_work(database: Database) -> bool:
    """Whether a job could be claimed now."""
    with database.engine() as session:
        waiting = exists().where(Job.state == JobState.QUEUED, Job.available_at <= func.now())
        return bool(session.scalar(select(waiting)))


def delete_old_idempotency_keys(database: Database) -> None:
    """Drop idempotency rows after a day."""
    with database.engine() as session:
        session.execute(delete(IdempotencyKey).where(IdempotencyKey.created_at < func.now() - LIFETIME))
