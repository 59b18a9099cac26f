"""The state that a fine-tune resumes from: one object a job, replaced by the next."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from service.assets import artifacts
from service.assets.artifacts import StoredObject
from service.infra.database import Scope
from service.jobs.attempt import locked_job
from service.jobs.claim import Claim
from service.tables import Artifact, PendingDeletion

TRAINING_STATE = "training_state"


def save_training_state(scope: Scope, claim: Claim, stored: StoredObject) -> None:
    """Make the uploaded state the job's. Raises LostLease if the job is no longer the attempt's."""
    locked_job(scope, claim)
    drop_training_states(scope.session, [claim.job_id])
    artifacts.record(scope, stored, claim.job_id)


def training_state_key(scope: Scope, claim: Claim) -> str | None:
    """Where the job's newest state lies in the store, if an attempt stored one."""
    rows = artifacts.list_of_job(scope, claim.job_id, TRAINING_STATE)
    return rows[-1].object_key if rows else None


def drop_training_states(session: Session, job_ids: Sequence[UUID]) -> None:
    """Delete the states of jobs that need none to resume from: the rows now, the objects soon, in one statement."""
    if not job_ids:
        return
    states = delete(Artifact).where(Artifact.job_id.in_(job_ids), Artifact.kind == TRAINING_STATE)
    dropped = states.returning(Artifact.object_key).cte()
    pending = insert(PendingDeletion).from_select([PendingDeletion.object_key], select(dropped.c.object_key))
    session.execute(pending.on_conflict_do_nothing())
