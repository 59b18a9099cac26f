"""Why a job failed, as the `error` of the job says it: each cause is a class that writes its own sentence."""

from typing import Any, ClassVar

from service.errors import ErrorCode

LEASE_EXPIRED = "lease_expired"  # the reason of a `requeued` event after a lost worker; no error of a job

PROMPT_CUT = ErrorCode(
    "prompt_cut",
    "The prompt is longer than the text encoder of the base reads.",
    "Shorten the prompt at the pointer; `detail` quotes the part that was not read.",
)
WARNINGS = (PROMPT_CUT,)


class JobError(Exception):
    """The root: a stable code, whether the same request may succeed later, and what the client can do."""

    code: ClassVar[str]
    remedy: ClassVar[str]
    retryable: ClassVar[bool] = False

    def __init__(self, detail: str, **facts: Any) -> None:
        super().__init__(detail)
        self.detail = detail
        self.facts = facts

    def document(self) -> dict[str, Any]:
        """As stored and as shown."""
        return job_error(self.code, self.detail, retryable=self.retryable) | self.facts


class WorkerLost(JobError):
    """The worker died in every attempt."""

    code = "worker_lost"
    remedy = "Ask for less (fewer pictures, a smaller batch size); have the operator check the memory of the workers."

    def __init__(self, attempts: int) -> None:
        super().__init__(f"The worker was lost in each of {attempts} attempts; the job may be what kills it.")


class DependencyFailed(JobError):
    """The fine-tune that the job waited for did not succeed, or its shift was deleted."""

    code = "dependency_failed"
    remedy = "Look at the `error` of the job that `job` names, then send both again."

    def __init__(self, needed: str | None) -> None:
        reason = (
            f"The job {needed}, which it needs, did not succeed." if needed else "A shift that it needs was deleted."
        )
        super().__init__(reason, job=needed)


class InternalJobError(JobError):
    """An internal error occurred in every attempt."""

    code = "internal"
    remedy = "Send the request again later; the log of the workers has the cause under the id of the job."
    retryable = True

    def __init__(self, cause: Exception) -> None:
        super().__init__(f"Internal error in every attempt, the last time {type(cause).__name__}.")


def job_error(code: str, detail: str, *, retryable: bool) -> dict[str, Any]:
    """The three fields that every error of a job has."""
    return {"code": code, "detail": detail, "retryable": retryable}
