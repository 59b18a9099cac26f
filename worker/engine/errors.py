"""Errors of an attempt as its job shows them: the request's fault, or the infrastructure's."""

from typing import Any, TypeGuard

from service.errors import ServiceError
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


def infrastructure_error(error: Exception) -> dict[str, Any]:
    """The job's error when every attempt failed through no fault of the request: the error's class, not its text."""
    code = error.code if isinstance(error, ServiceError) else "internal"
    return {
        "code": code,
        "detail": f"Internal error in every attempt, the last time {type(error).__name__}.",
        "retryable": True,
    }


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
    return {"code": error.code, "detail": str(error), "retryable": False}
