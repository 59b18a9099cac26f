"""The position of a waiting job in the fair order, how long it may wait, and for what."""

from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import func, select, text

from service.enums import JobState
from service.infra.database import Scope
from service.jobs.workers import alive_seconds
from service.settings import Settings
from service.tables import Job, TenantLoad

QUEUE_POSITION = text("SELECT * FROM queue_position(:job, :alive_seconds)")


class WaitReason(StrEnum):
    """What a job waits for."""

    TURN = "turn"
    WORKER = "no_worker"
    CAP = "running_cap"
    BACKOFF = "backoff"
    DEPENDENCY = "dependency"
    PAUSED = "paused"


@dataclass(frozen=True)
class QueuePosition:
    """`position` counts from 1 over all tenants; `wait_seconds` is an estimate. None where they cannot be known."""

    reason: WaitReason
    position: int | None = None
    wait_seconds: float | None = None


def queue_position(scope: Scope, job: Job, settings: Settings) -> QueuePosition | None:
    """The position of the tenant's job; None for a job that runs or has ended."""
    match JobState(job.state):
        case JobState.BLOCKED:
            return QueuePosition(WaitReason.DEPENDENCY)
        case JobState.PAUSED:
            return QueuePosition(WaitReason.PAUSED)
        case JobState.QUEUED:
            return _position_in_queue(scope, job, settings)
        case _:
            return None


def _position_in_queue(scope: Scope, job: Job, settings: Settings) -> QueuePosition | None:
    alive = alive_seconds(settings.poll_interval_seconds, settings.heartbeat_interval_seconds)
    row = scope.session.execute(QUEUE_POSITION, {"job": job.id, "alive_seconds": alive}).one_or_none()
    if row is None:  # it was claimed since its row was read
        return None
    backoff_left = (job.available_at - scope.session.execute(select(func.now())).scalar_one()).total_seconds()
    position = row.ahead + 1
    if not row.workers:
        return QueuePosition(WaitReason.WORKER, position)
    wait = max(row.ahead_seconds / row.workers, backoff_left)
    if row.ahead == 0 and row.running < row.workers:
        wait = max(backoff_left, 0.0)
    return QueuePosition(_wait_reason(scope, backoff_left), position, round(wait, 1))


def _wait_reason(scope: Scope, backoff_left: float) -> WaitReason:
    if backoff_left > 0:
        return WaitReason.BACKOFF
    load = select(TenantLoad.running >= TenantLoad.max_running).where(TenantLoad.tenant_id == scope.tenant_id)
    return WaitReason.CAP if scope.session.scalar(load) else WaitReason.TURN
