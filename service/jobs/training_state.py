"""The state that a fine-tune resumes from: one object a job, replaced by the next."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert as insert_or_skip
from sqlalchemy.orm import Session

from service.assets import artifacts
from service.assets.artifacts import StoredObject
from service.infra.database import Scope
from service.jobs.attempt import locked_job
from service.jobs.claim import Claim
from service.tables import Artifact, PendingDeletion

TRAINING_STATE = "training_state"


def save_training_state(scope: Scope, claim: Claim, stored: StoredObject) -> None:
    """Make the uploaded state the job's; LostLease if the job is another's."""
    locked_job(scope, claim)
    drop_training_state(scope, claim.job_id)
    artifacts.record(scope, stored, claim.job_id)


def training_state_key(scope: Scope, claim: Claim) -> str | None:
    """Where the job's newest state lies in the store, if an attempt stored one."""
    rows = artifacts.of_job(scope, claim.job_id, TRAINING_STATE)
    return rows[-1].object_key if rows else None


def drop_training_states(session: Session, job_ids: Sequence[UUID]) -> None:
    """Jobs that ended need no state to resume from."""
    if not job_ids:
        return
    state = (Artifact.job_id.in_(job_ids), Artifact.kind == "training_state")
    doomed = select(Artifact.object_key).where(*state)
    session.execute(
        insert_or_skip(PendingDeletion).from_select([PendingDeletion.object_key], doomed).on_conflict_do_nothing()
    )
    session.execute(delete(Artifact).where(*state))


def drop_training_state(scope: Scope, job_id: UUID) -> None:
    """A job that ended needs no state to resume from."""
    for artifact in artifacts.of_job(scope, job_id, "training_state"):
        artifacts.discard(scope, artifact)
