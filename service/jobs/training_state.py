"""The state that a fine-tune resumes from: one object a job, replaced by the next."""

from service import artifacts
from service.artifacts import Stored
from service.database import Scope
from service.jobs.claim import Claim
from service.jobs.finish import drop_training_state, held

KIND = "training_state"


def save(scope: Scope, claim: Claim, stored: Stored) -> None:
    """Make the uploaded state the job's; LostLease if the job is another's."""
    held(scope, claim)
    drop_training_state(scope, claim.job_id)
    artifacts.record(scope, stored, claim.job_id)


def object_key(scope: Scope, claim: Claim) -> str | None:
    """Where the job's newest state lies in the store, if an attempt stored one."""
    rows = artifacts.of_job(scope, claim.job_id, KIND)
    return rows[-1].object_key if rows else None
