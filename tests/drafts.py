"""Drafts of jobs as a test needs them: with any spec at all."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from service.jobs.submission import JobDraft


class AnySpec(BaseModel):
    """A spec that is not validated."""

    model_config = ConfigDict(extra="allow")

    fingerprint: str


def draft(
    kind: str = "generation",
    *,
    fingerprint: str = "f",
    steps: int = 1,
    estimate: float = 1.0,
    inputs: Iterable[UUID] = (),
    expires_in: float | None = None,
    **spec: Any,
) -> JobDraft:
    """A job before it is submitted."""
    anything: Any = AnySpec(fingerprint=fingerprint, **spec)
    return JobDraft(kind, anything, steps, estimate, inputs, expires_in)
