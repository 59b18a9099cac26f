"""Errors that a client sees: each writes its own sentence; the API renders them, docs/errors.md lists them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True)
class ErrorCode:
    """A stable code that is no exception of its own: what it means, and what to do about it."""

    code: str
    meaning: str
    remedy: str


@dataclass(frozen=True)
class FieldError:
    """One fault in a request: where (a JSON pointer into the body, or a parameter's name) and what."""

    pointer: str
    detail: str


class ServiceError(Exception):
    """The root: HTTP status, stable code, whether the same call may succeed later, and what its receiver can do."""

    status: ClassVar[int]
    code: ClassVar[str]
    remedy: ClassVar[str]
    retryable: ClassVar[bool] = False
    retry_after: int | None = None

    def __init__(self, detail: str, problems: Sequence[FieldError] = ()) -> None:
        super().__init__(detail)
        self.detail = detail
        self.problems = tuple(problems)


class Unauthorized(ServiceError):
    """The call has no valid API key."""

    status = 401
    code = "unauthorized"
    remedy = "Send a key that `svdiff keys create` has printed, as `Authorization: Bearer <key>`."

    def __init__(self) -> None:
        super().__init__("Send a valid API key as 'Authorization: Bearer <key>'.")


class NotFound(ServiceError):
    """The caller's tenant has nothing with this id."""

    status = 404
    code = "not_found"
    remedy = "Check the id, and that the key belongs to the tenant that made the resource."

    def __init__(self, what: str) -> None:
        super().__init__(f"There is no such {what}.")


class InvalidRequest(ServiceError):
    """The request does not have the documented form, or a value in it is not valid."""

    status = 422
    code = "invalid_request"
    remedy = "Correct each place that `problems` names; `/openapi.json` has the documented form."

    def __init__(self, problems: Sequence[FieldError]) -> None:
        one = len(problems) == 1
        super().__init__(problems[0].detail if one else f"The request has {len(problems)} faults.", problems)


class Invalid(InvalidRequest):
    """One value of a well-formed request is not valid."""

    def __init__(self, pointer: str, detail: str) -> None:
        super().__init__([FieldError(pointer, detail)])


class UnknownBase(Invalid):
    """No base of this name is registered."""

    code = "unknown_base"
    remedy = "Use a name that `GET /v1/bases` lists, or have the operator run `svdiff bases add`."

    def __init__(self, name: str) -> None:
        super().__init__("/base", f"There is no base named {name!r}; GET /v1/bases lists them.")


class BaseRetired(ServiceError):
    """The revision of the base is no longer served."""

    status = 410
    code = "base_retired"
    remedy = "Fine-tune again on a base that `GET /v1/bases` lists."

    def __init__(self, name: str) -> None:
        super().__init__(f"The revision of the base {name!r} that this needs is retired.")


class UnknownReference(Invalid):
    """The body names a resource that does not exist or belongs to another tenant."""

    code = "unknown_reference"
    remedy = "Check the id at the pointer; upload the image or train the shift first."

    def __init__(self, pointer: str, what: str) -> None:
        super().__init__(pointer, f"There is no such {what}.")


class ShiftOfAnotherBase(Invalid):
    """The shift was trained on other weights than those of the base."""

    code = "shift_of_another_base"
    remedy = "Name the base and the revision that the shift was trained on, or train it again on this base."

    def __init__(self, pointer: str) -> None:
        super().__init__(pointer, "This shift was trained on other weights than the base's.")


class ShiftUnreadable(Invalid):
    """The file of the shift is missing from the object store or is damaged."""

    code = "shift_unreadable"
    remedy = "Train the shift again; the operator may restore the file from a backup."

    def __init__(self, pointer: str) -> None:
        super().__init__(pointer, "The file of this shift cannot be read.")


class MethodNotOffered(Invalid):
    """This installation does not offer the method of fine-tuning."""

    code = "method_not_offered"
    remedy = "Use one of the methods that `detail` names; the operator sets `SVDIFF_ALLOWED_METHODS`."

    def __init__(self, method: str, allowed: Sequence[str]) -> None:
        super().__init__("/method", f"The method {method!r} is not offered here; these are: {', '.join(allowed)}.")


class SettingOfAnotherMethod(Invalid):
    """The method of the fine-tune has no such setting."""

    code = "setting_of_another_method"
    remedy = "Leave the setting out, or choose the method that has it."

    def __init__(self, name: str, method: str, owner: str) -> None:
        super().__init__(f"/{name}", f"The method {method!r} has no {name!r}: that is a setting of {owner!r}.")


class NotAShift(Invalid):
    """The adapter was trained by a method that makes no spectral shift, so it cannot be compared."""

    code = "not_a_shift"
    remedy = "Compare adapters of the methods `svdiff` and `svdiff_band` only."

    def __init__(self, pointer: str, method: str) -> None:
        super().__init__(pointer, f"This was trained by the method {method!r}; only spectral shifts can be used here.")


class NotMixable(Invalid):
    """An adapter that is no spectral shift was combined with another, restricted to a part, or weighted."""

    code = "not_mixable"
    remedy = "Use it as the only entry of `shifts`, without parts; only one of the method `lora` may have a weight."

    def __init__(self, pointer: str, method: str, rule: str) -> None:
        super().__init__(pointer, f"This was trained by the method {method!r}: such an adapter {rule}.")


class MetricsUnavailable(Invalid):
    """Early stopping needs metrics, and neither the base nor this installation has any for it."""

    code = "metrics_unavailable"
    remedy = "Leave out `early_stopping`, or have the operator configure CLIP and LPIPS."

    def __init__(self, pointer: str, base: str, missing: Sequence[str]) -> None:
        needed = " and ".join(f"SVDIFF_{name.upper()}_FOLDER" for name in missing)
        super().__init__(
            pointer,
            f"Pictures of the base {base!r} cannot be measured here: the base has no judge of its own, and the "
            f"operator has not configured {needed}.",
        )


class NotAPicture(Invalid):
    """The uploaded file cannot be decoded as a picture within the limits."""

    code = "not_a_picture"
    remedy = "Upload a PNG, JPEG, WebP, GIF, BMP or TIFF file within the size limits that `detail` names."

    def __init__(self, reason: str) -> None:
        super().__init__("/file", f"The file cannot be used as a picture: {reason}.")


class BodyTooLarge(ServiceError):
    """The body exceeds the size limit of the route."""

    status = 413
    code = "body_too_large"
    remedy = "Send less: a smaller picture, or a batch in several files."

    def __init__(self, limit: int) -> None:
        super().__init__(f"The body may have at most {limit} bytes here.")


class InUse(ServiceError):
    """An unfinished job needs the resource that is to be deleted."""

    status = 409
    code = "in_use"
    remedy = "Wait for the job that `detail` names, or cancel it."

    def __init__(self, what: str, job: str) -> None:
        super().__init__(f"The {what} is needed by the unfinished job {job}.")
        self.job = job


class WrongState(ServiceError):
    """The state of the job does not allow the action."""

    status = 409
    code = "wrong_state"
    remedy = (
        "Get the job to see its state; only an unfinished job can be canceled or paused, only a paused one resumed."
    )

    def __init__(self, state: str, verb: str) -> None:
        super().__init__(f"A job that is {state} cannot {verb}.")


class WrongKind(ServiceError):
    """Jobs of this kind do not support the action."""

    status = 409
    code = "wrong_kind"
    remedy = "Pause and resume fine-tunes and edits only; cancel a generation instead."

    def __init__(self, kind: str, verb: str) -> None:
        super().__init__(f"A job of the kind {kind} cannot {verb}.")


class UnusableUrl(Invalid):
    """The URL of the webhook is malformed, or its host is not public."""

    code = "unusable_url"
    remedy = "Use an `https://` URL of a host that has public addresses only; the operator may allow others."

    def __init__(self, reason: str) -> None:
        super().__init__("/url", f"The URL cannot be used: {reason}.")


class TooManyWebhooks(ServiceError):
    """The tenant has reached its limit of webhooks."""

    status = 409
    code = "too_many_webhooks"
    remedy = "Delete a webhook first."

    def __init__(self, limit: int) -> None:
        super().__init__(f"There may be at most {limit} webhooks; delete one first.")


class WebhookDisabled(ServiceError):
    """The webhook is disabled, so nothing is sent to it."""

    status = 409
    code = "webhook_disabled"
    remedy = 'Enable it with `PATCH /v1/webhooks/{id}` and `{"enabled": true}`.'

    def __init__(self) -> None:
        super().__init__("The webhook is disabled; enable it first.")


class KeyBusy(ServiceError):
    """Another call with the same Idempotency-Key is in progress."""

    status = 409
    code = "idempotency_key_busy"
    remedy = "Repeat the call after `Retry-After` seconds; it then gets the answer of the first one."
    retryable = True
    retry_after = 1

    def __init__(self) -> None:
        super().__init__("Another call with this Idempotency-Key is in progress.")


class KeyReused(ServiceError):
    """The Idempotency-Key was used for a different request."""

    status = 422
    code = "idempotency_key_reused"
    remedy = "Use a new key for each new request, and repeat a request with exactly the same body."

    def __init__(self) -> None:
        super().__init__("This Idempotency-Key was used within 24 hours for a request with another body.")


class TooManyPending(ServiceError):
    """The tenant has reached its limit of waiting jobs."""

    status = 429
    code = "too_many_pending"
    remedy = "Wait until some of your jobs have run, or have the operator raise the limit (`svdiff tenants limits`)."
    retryable = True
    retry_after = 10

    def __init__(self, limit: int) -> None:
        super().__init__(f"At most {limit} jobs may wait at a time.")


class TooManyLinesPending(ServiceError):
    """The tenant has reached its limit of waiting batch lines."""

    status = 429
    code = "too_many_lines_pending"
    remedy = "Wait until some of your lines have run, or have the operator raise the limit (`svdiff tenants limits`)."
    retryable = True
    retry_after = 60

    def __init__(self, limit: int) -> None:
        super().__init__(f"At most {limit} lines of batches may wait at a time.")


class TooManyUploads(ServiceError):
    """Another batch of the tenant is being uploaded, or the server has reached its limit of batch uploads."""

    status = 429
    code = "too_many_uploads"
    remedy = "Upload one batch after the other, and repeat the call after `Retry-After` seconds."
    retryable = True
    retry_after = 10

    def __init__(self) -> None:
        super().__init__("Another batch of yours is being uploaded, or the server has reached its limit of uploads.")


class TooManyLines(ServiceError):
    """The batch exceeds the limit of lines."""

    status = 413
    code = "too_many_lines"
    remedy = "Split the batch into several files."

    def __init__(self, limit: int) -> None:
        super().__init__(f"A batch may have at most {limit} lines.")


class EmptyBatch(ServiceError):
    """The file of the batch has only blank lines, or none."""

    status = 422
    code = "empty_batch"
    remedy = "Send at least one line."

    def __init__(self) -> None:
        super().__init__("The batch has no lines.")


class BatchEnded(ServiceError):
    """The batch has ended, so it cannot be canceled."""

    status = 409
    code = "batch_ended"
    remedy = "Nothing is left to cancel; get the batch to see how its lines ended."

    def __init__(self) -> None:
        super().__init__("A batch that has ended cannot be canceled.")


class Unavailable(ServiceError):
    """The database or the object store cannot be reached."""

    status = 503
    code = "unavailable"
    remedy = "Repeat the call after `Retry-After` seconds, a POST with the same `Idempotency-Key`."
    retryable = True
    retry_after = 2

    def __init__(self, what: str) -> None:
        super().__init__(f"The {what} cannot be reached at the moment.")
