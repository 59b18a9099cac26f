"""Errors of an attempt as the `error` of its job: the fault of the request, or of the infrastructure."""

from typing import Any, TypeGuard

from service.errors import BaseRetired, NotFound, ServiceError, Unavailable
from service.jobs import errors
from service.jobs.errors import InternalJobError
from svdiff_core.errors import (
    AdapterFileInvalid,
    AlignmentNotFinite,
    CoreError,
    MethodUnavailable,
    MetricsUnavailable,
    PictureInvalid,
    RecipeInvalid,
    ShiftDoesNotFit,
    ShiftFileInvalid,
    ShiftOfAnotherBase,
    SpecInvalid,
    SubjectsInvalid,
    TrainingDiverged,
)

INFRASTRUCTURE: tuple[type[ServiceError], ...] = (Unavailable, BaseRetired, NotFound)  # whose codes a job may have


def infrastructure_error(error: Exception) -> dict[str, Any]:
    """The job's error after an internal error in every attempt; the cause is named, its text is not shown."""
    document = InternalJobError(error).document()
    return document | {"code": error.code} if isinstance(error, INFRASTRUCTURE) else document


FINAL = (
    AlignmentNotFinite,
    MethodUnavailable,
    MetricsUnavailable,
    PictureInvalid,
    RecipeInvalid,
    ShiftDoesNotFit,
    ShiftFileInvalid,
    ShiftOfAnotherBase,
    SpecInvalid,
    SubjectsInvalid,
    TrainingDiverged,
    AdapterFileInvalid,
)


def is_final(error: Exception) -> TypeGuard[CoreError]:
    """Whether the request itself is at fault, so that no other worker and no later attempt would do better."""
    return isinstance(error, FINAL)


def job_error(error: CoreError) -> dict[str, Any]:
    """The error as the job shows it."""
    return errors.job_error(error.code, str(error), retryable=False)
