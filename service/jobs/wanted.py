"""A job before it is accepted."""

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from service.database import Scope
from service.jobs.accept import accept
from service.jobs.edit_spec import EditSpec
from service.jobs.priorities import Priority
from service.jobs.specs import FineTuneSpec, GenerationSpec
from service.tables import Job


@dataclass(frozen=True)
class Wanted:
    """A complete spec, and what the queue must know of it. `input_ids` are the images and shifts that it needs.

    `steps` are those that its progress will count first.
    """

    kind: str
    spec: FineTuneSpec | GenerationSpec | EditSpec
    steps: int
    estimate_seconds: float
    input_ids: Iterable[UUID]
    expires_in: float | None


def queue(scope: Scope, wanted: Wanted, priority: Priority) -> Job:
    """Accept the job for the tenant, as `accept` has it."""
    return accept(
        scope,
        kind=wanted.kind,
        spec=wanted.spec.document(),
        fingerprint=wanted.spec.fingerprint,
        steps=wanted.steps,
        estimate_seconds=wanted.estimate_seconds,
        priority=priority,
        input_ids=wanted.input_ids,
        expires_in=wanted.expires_in,
    )
