"""A batch, its counts and its lines' results on the wire."""

from typing import Any, cast

from pydantic import Field

from api.schemas.fields import ResponseModel, Time
from api.schemas.job import EditResult, FineTuneResult, GenerationResult, JobError, Link, with_picture_urls
from api.schemas.listing import Listing
from service.batches.queries import BatchStatus, get_status
from service.enums import JobState
from service.ids import to_wire
from service.jobs.specs import EDIT, FINE_TUNE, JobKind
from service.tables import Batch as BatchRow
from service.tables import Job as JobRow


class BatchSummary(ResponseModel):
    """A file of jobs, one a line."""

    id: str
    name: str | None
    status: BatchStatus = Field(description="`ended` once every line has ended, whatever its own status.")
    lines: int
    sha256: str = Field(description="Of the file.")
    results_url: str = Field(description="Where to get the lines that have succeeded so far.")
    errors_url: str = Field(description="Where to get the lines that failed, were canceled or expired.")
    created_at: Time
    canceled_at: Time | None = Field(description="When the cancel of the batch was requested.")
    ended_at: Time | None


class Batch(BatchSummary):
    """A file of jobs, with their progress."""

    counts: dict[JobState, int] = Field(description="How many lines are in each state.")


class BatchList(Listing[BatchSummary]):
    """One page of the batches, newest first."""


class BatchLine(ResponseModel):
    """A line that has ended: its number and name in the file, its job, and the outcome."""

    custom_id: str
    line: int
    job: str
    kind: JobKind
    status: JobState
    result: FineTuneResult | GenerationResult | EditResult | None
    error: JobError | None


def summary(row: BatchRow) -> BatchSummary:
    """The batch on the wire, without what its jobs say."""
    return BatchSummary(**fields_of(row))


def batch(row: BatchRow, counts: dict[JobState, int]) -> Batch:
    """The batch on the wire."""
    return Batch(**fields_of(row), counts=counts)


def fields_of(row: BatchRow) -> dict[str, Any]:
    """What the wire has of the batch's own row."""
    where = f"/v1/batches/{to_wire('bat', row.id)}"
    return {
        "id": to_wire("bat", row.id),
        "name": row.name,
        "status": get_status(row),
        "lines": row.lines,
        "sha256": row.sha256,
        "results_url": f"{where}/results",
        "errors_url": f"{where}/errors",
        "created_at": row.created_at,
        "canceled_at": row.canceled_at,
        "ended_at": row.ended_at,
    }


def batch_line(row: JobRow, link: Link) -> str:
    """The line's end as JSON, its pictures' links new."""
    line = BatchLine(
        custom_id=row.custom_id or "",
        line=row.line or 0,
        job=to_wire("job", row.id),
        kind=cast("JobKind", row.kind),
        status=JobState(row.state),
        result=result_of(row, link),
        error=None if row.error is None else JobError.model_validate(row.error),
    )
    return line.model_dump_json() + "\n"


def result_of(row: JobRow, link: Link) -> FineTuneResult | GenerationResult | EditResult | None:
    """What the job made."""
    if row.result is None:
        return None
    if row.kind == FINE_TUNE:
        return FineTuneResult.model_validate(row.result)
    if row.kind == EDIT:
        return EditResult.model_validate(with_picture_urls(row.result, link))
    return GenerationResult.model_validate(with_picture_urls(row.result, link))
