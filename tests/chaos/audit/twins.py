"""Every fine-tune that succeeded made, bit for bit, what its undisturbed twin made."""

from collections import defaultdict
from collections.abc import Iterator
from typing import Any
from uuid import UUID

import numpy as np

from svdiff_core.shift.file import Shift, load
from tests.chaos.audit.evidence import Evidence, Finding
from tests.chaos.audit.objects import by_job


def twins(evidence: Evidence) -> Iterator[Finding]:
    """Compared with the twin of the same name; without one nothing is proven."""
    disturbed, undisturbed = trained(evidence)
    files = {job_id: own["shift"] for job_id, own in by_job(evidence).items()}
    for name, jobs in sorted(disturbed.items()):
        twin = next(iter(undisturbed[name]), None)
        known = shift_of(evidence, files.get(twin, [])) if twin else None
        if known is None:
            yield Finding("twin_missing", name, f"{len(jobs)} fine-tunes cannot be compared")
            continue
        for job_id in jobs:
            shift = shift_of(evidence, files.get(job_id, []))
            if shift is None or not equal(shift, known):
                yield Finding("twin_differs", str(job_id), name)


def trained(evidence: Evidence) -> tuple[dict[str, list[UUID]], dict[str, list[UUID]]]:
    """The fine-tunes that succeeded, by recipe: the disturbed ones, and the twins."""
    disturbed: dict[str, list[UUID]] = defaultdict(list)
    undisturbed: dict[str, list[UUID]] = defaultdict(list)
    for job in evidence.jobs.values():
        if job.kind != "fine_tune" or job.state != "succeeded":
            continue
        entry = evidence.accepted.get(job.id, {})
        recipe = entry.get("recipe") or evidence.lines.get(job.batch_id, {}).get(job.custom_id)
        if recipe:
            (undisturbed if entry.get("twin") else disturbed)[recipe].append(job.id)
    return disturbed, undisturbed


def shift_of(evidence: Evidence, files: list[Any]) -> Shift | None:
    """The job's shift; None without exactly one file that is there."""
    data = evidence.object(files[0].object_key) if len(files) == 1 else None
    return load(data) if data else None


def equal(one: Shift, other: Shift) -> bool:
    """Whether all tensors are the same, bit for bit, and belong to the same weights."""
    names = one.deltas.keys()
    return (
        one.metadata.base == other.metadata.base
        and names == other.deltas.keys()
        and all(np.array_equal(one.deltas[name], other.deltas[name]) for name in names)
    )
