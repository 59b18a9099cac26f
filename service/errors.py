"""Errors that a client is told about: each writes its own sentence; the API renders them in one place."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True)
class Problem:
    """One fault in a request: where (a JSON pointer into the body, or a parameter's name) and what."""

    pointer: str
    detail: str


class ServiceError(Exception):
    """The root: HTTP status, stable code, and whether the same call may succeed later."""

    status: ClassVar[int] = 500
    code: ClassVar[str] = "internal"
    retryable: ClassVar[bool] = False
    retry_after: int | None = None

    def __init__(self, detail: str, problems: Sequence[Problem] = ()) -> None:
        super().__init__(detail)
        self.detail = detail
        self.problems = tuple(problems)


class Unauthorized(ServiceError):
    """No usable key came with the call."""

    status = 401
    code = "unauthorized"

    def __init__(self) -> None:
        super().__init__("Send a valid API key as 'Authorization: Bearer <key>'.")


class NotFound(ServiceError):
    """Nothing of this id belongs to the caller."""

    status = 404
    code = "not_found"

    def __init__(self, what: str) -> None:
        super().__init__(f"There is no such {what}.")


class Invalid(ServiceError):
    """The request is well-formed, and something in it cannot be meant."""

    status = 422
    code = "invalid_request"

    def __init__(self, pointer: str, detail: str) -> None:
        super().__init__(detail, [Problem(pointer, detail)])


class UnknownBase(Invalid):
    """The base named is not registered."""

    code = "unknown_base"

    def __init__(self, name: str) -> None:
        super().__init__("/base", f"There is no base named {name!r}; GET /v1/bases lists them.")


class BaseRetired(ServiceError):
    """A shift's base revision is no longer served."""

    status = 410
    code = "base_retired"

    def __init__(self, name: str) -> None:
        super().__init__(f"The revision of the base {name!r} that this needs is retired.")


class UnknownReference(Invalid):
    """An id in a body that is unknown, or another tenant's: the two cannot be told apart."""

    code = "unknown_reference"

    def __init__(self, pointer: str, what: str) -> None:
        super().__init__(pointer, f"There is no such {what}.")


class ShiftOfAnotherBase(Invalid):
    """A shift means something only on the weights it was trained on."""

    code = "shift_of_another_base"

    def __init__(self, pointer: str) -> None:
        super().__init__(pointer, "This shift was trained on other weights than the base's.")


class ShiftUnreadable(Invalid):
    """A shift whose file the store has lost, or that is no shift file."""

    code = "shift_unreadable"

    def __init__(self, pointer: str) -> None:
        super().__init__(pointer, "The file of this shift cannot be read.")


class MethodNotOffered(Invalid):
    """The operator does not let clients train in this way."""

    code = "method_not_offered"

    def __init__(self, method: str, allowed: Sequence[str]) -> None:
        super().__init__("/method", f"The method {method!r} is not offered here; these are: {', '.join(allowed)}.")


class SettingOfAnotherMethod(Invalid):
    """A setting that the method of the fine-tune does not have: it would have no effect."""

    code = "setting_of_another_method"

    def __init__(self, name: str, method: str, owner: str) -> None:
        super().__init__(f"/{name}", f"The method {method!r} has no {name!r}: that is a setting of {owner!r}.")


class NotAShift(Invalid):
    """What a fine-tune of another method made is no shift, and has nothing that could be compared."""

    code = "not_a_shift"

    def __init__(self, pointer: str, method: str) -> None:
        super().__init__(pointer, f"This was trained by the method {method!r}; only spectral shifts can be used here.")


class NotMixable(Invalid):
    """What was trained by another method than a shift's is used alone and whole."""

    code = "not_mixable"

    def __init__(self, pointer: str, method: str, rule: str) -> None:
        super().__init__(pointer, f"This was trained by the method {method!r}: such a product {rule}.")


class MetricsUnavailable(Invalid):
    """Nothing here can measure what the base draws."""

    code = "metrics_unavailable"

    def __init__(self, pointer: str, base: str, missing: Sequence[str]) -> None:
        needed = " and ".join(f"SVDIFF_{name.upper()}_FOLDER" for name in missing)
        super().__init__(
            pointer,
            f"The pictures of the base {base!r} cannot be measured here: it names no judge of its own, and the "
            f"operator has not configured {needed}.",
        )


class NotAPicture(Invalid):
    """The uploaded bytes do not decode."""

    code = "not_a_picture"

    def __init__(self, reason: str) -> None:
        super().__init__("/file", f"The file cannot be used as a picture: {reason}.")


class BodyTooLarge(ServiceError):
    """The request's body is over the limit of its route."""

    status = 413
    code = "body_too_large"

    def __init__(self, limit: int) -> None:
        super().__init__(f"The body may have at most {limit} bytes here.")


class InUse(ServiceError):
    """An unfinished job needs what is to be deleted."""

    status = 409
    code = "in_use"

    def __init__(self, what: str, job: str) -> None:
        super().__init__(f"The {what} is needed by the unfinished job {job}.")
        self.job = job


class WrongState(ServiceError):
    """The job's state does not allow the move."""

    status = 409
    code = "wrong_state"

    def __init__(self, state: str, verb: str) -> None:
        super().__init__(f"A job that is {state} cannot {verb}.")


class WrongKind(ServiceError):
    """Jobs of this kind cannot do that."""

    status = 409
    code = "wrong_kind"

    def __init__(self, kind: str, verb: str) -> None:
        super().__init__(f"A job of the kind {kind} cannot {verb}.")


class UnusableUrl(Invalid):
    """A webhook's URL that nothing will be sent to."""

    code = "unusable_url"

    def __init__(self, reason: str) -> None:
        super().__init__("/url", f"The URL cannot be used: {reason}.")


class TooManyWebhooks(ServiceError):
    """The tenant has as many endpoints as it may have."""

    status = 409
    code = "too_many_webhooks"

    def __init__(self, limit: int) -> None:
        super().__init__(f"There may be at most {limit} webhooks; delete one first.")


class WebhookDisabled(ServiceError):
    """Nothing is sent to a disabled endpoint."""

    status = 409
    code = "webhook_disabled"

    def __init__(self) -> None:
        super().__init__("The webhook is disabled; enable it first.")


class KeyBusy(ServiceError):
    """A call with the same Idempotency-Key is still being answered."""

    status = 409
    code = "idempotency_key_busy"
    retryable = True
    retry_after = 1

    def __init__(self) -> None:
        super().__init__("A call with this Idempotency-Key is being answered right now.")


class KeyReused(ServiceError):
    """The Idempotency-Key was used for another request."""

    status = 422
    code = "idempotency_key_reused"

    def __init__(self) -> None:
        super().__init__("This Idempotency-Key was used within 24 hours for a request with another body.")


class TooManyPending(ServiceError):
    """The tenant's pending jobs are at their limit."""

    status = 429
    code = "too_many_pending"
    retryable = True
    retry_after = 10

    def __init__(self, limit: int) -> None:
        super().__init__(f"At most {limit} jobs may wait at a time.")


class TooManyLinesPending(ServiceError):
    """The tenant's batches have as many waiting lines as they may have."""

    status = 429
    code = "too_many_lines_pending"
    retryable = True
    retry_after = 60

    def __init__(self, limit: int) -> None:
        super().__init__(f"At most {limit} lines of batches may wait at a time.")


class TooManyUploads(ServiceError):
    """Batches are taken in a few at a time, and one at a time of a tenant's."""

    status = 429
    code = "too_many_uploads"
    retryable = True
    retry_after = 10

    def __init__(self) -> None:
        super().__init__("Another batch of yours, or as many as can be at a time, is being taken in right now.")


class TooManyLines(ServiceError):
    """The batch has more lines than one may have."""

    status = 413
    code = "too_many_lines"

    def __init__(self, limit: int) -> None:
        super().__init__(f"A batch may have at most {limit} lines.")


class EmptyBatch(ServiceError):
    """The file has no line with anything on it."""

    status = 422
    code = "empty_batch"

    def __init__(self) -> None:
        super().__init__("The batch has no lines.")


class BatchEnded(ServiceError):
    """There is nothing left to cancel."""

    status = 409
    code = "batch_ended"

    def __init__(self) -> None:
        super().__init__("A batch that has ended cannot be cancelled.")


class Unavailable(ServiceError):
    """Postgres or the object store cannot be reached."""

    status = 503
    code = "unavailable"
    retryable = True
    retry_after = 2

    def __init__(self, what: str) -> None:
        super().__init__(f"The {what} cannot be reached at the moment.")
