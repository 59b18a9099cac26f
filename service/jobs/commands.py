"""What a tenant may do with its jobs: cancel, pause and resume them."""

from uuid import UUID

from service.enums import LEASED, TERMINAL, JobState
from service.errors import NotFound, WrongKind, WrongState
from service.infra.database import Scope
from service.jobs.queries import get
from service.jobs.specs import TRAINS
from service.jobs.training_state import drop_training_states
from service.jobs.transitions import lock_job, move, requeue
from service.tables import Job


def cancel(scope: Scope, job_id: UUID | None) -> Job:
    """Stop a job: at once if it waits, at its next step if it runs. A second cancel changes nothing."""
    job = _lock(scope, job_id)
    if job.state in {JobState.CANCELING, JobState.CANCELED}:
        return job
    if job.state in TERMINAL:
        raise WrongState(job.state, "be canceled")
    if job.state in LEASED:
        move(scope.session, job, JobState.CANCELING)
    else:
        drop_training_states(scope.session, [job.id])
        move(scope.session, job, JobState.CANCELED)
    scope.after_commit.changed_jobs.append(job.id)
    return job


def pause(scope: Scope, job_id: UUID | None) -> Job:
    """Pause a training: at once if it waits, at its next step if it runs. A second pause changes nothing."""
    job = _lock_training(scope, job_id, "be paused")
    if job.state in {JobState.PAUSING, JobState.PAUSED}:
        return job
    target = JobState.PAUSING if job.state == JobState.RUNNING else JobState.PAUSED
    if not move(scope.session, job, target):
        raise WrongState(job.state, "be paused")
    scope.after_commit.changed_jobs.append(job.id)
    return job


def resume(scope: Scope, job_id: UUID | None) -> Job:
    """Put a paused job back in the queue; it continues from the state that its last attempt stored."""
    job = _lock_training(scope, job_id, "be resumed")
    if job.state == JobState.QUEUED:
        return job
    if job.state != JobState.PAUSED or not requeue(scope.session, job, event="resumed", served=0.0):
        raise WrongState(job.state, "be resumed")
    scope.after_commit.wake_workers = True
    scope.after_commit.changed_jobs.append(job.id)
    return job


def _lock(scope: Scope, job_id: UUID | None) -> Job:
    job = lock_job(scope.session, get(scope, job_id).id)
    if job is None:
        raise NotFound("job")
    return job


def _lock_training(scope: Scope, job_id: UUID | None, verb: str) -> Job:
    job = _lock(scope, job_id)
    if job.kind not in TRAINS:
        raise WrongKind(job.kind, verb)
    return job
