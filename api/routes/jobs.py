"""The routes of jobs: listing, reading, canceling, pausing, resuming, and their events."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Response

from api.dependencies.idempotency import Idempotent, IdempotentCall
from api.dependencies.job_detail import Links, job_detail
from api.dependencies.parameters import AfterJob, JobId, LastEventId, Limit, OfBatch
from api.dependencies.scope import TenantScope
from api.openapi import STREAM, problems
from api.responses.event_stream import EventStream, event_stream
from api.runtime import RuntimeDep
from api.schemas.job import Job, JobList, Link, render_job
from service.enums import JobState
from service.infra.database import Scope
from service.jobs import commands, queries
from service.jobs.specs import JobKind
from service.tables import Job as JobRow

router = APIRouter(prefix="/v1/jobs", tags=["jobs"])


@dataclass(frozen=True)
class JobAction:
    """Asks something of a job, once for each Idempotency-Key."""

    scope: Scope
    links: Link
    once: IdempotentCall

    def __call__(self, verb: Callable[[Scope, UUID | None], JobRow], job_id: UUID | None) -> Job:
        """The job after it."""
        row = self.once(
            {"job": str(job_id)},
            make=lambda: verb(self.scope, job_id),
            find=lambda known: queries.get(self.scope, known),
        )
        return render_job(row, self.links)


def job_action(scope: TenantScope, links: Links, once: Idempotent) -> JobAction:
    """Of the request."""
    return JobAction(scope, links, once)


JobActions = Annotated[JobAction, Depends(job_action)]


@router.get("", responses=problems(401, 422))
def list_jobs(
    scope: TenantScope,
    links: Links,
    limit: Limit = 20,
    after: AfterJob = None,
    status: JobState | None = None,
    kind: JobKind | None = None,
    batch: OfBatch = None,
) -> JobList:
    """List the jobs, newest first."""
    page = queries.list_page(scope, limit=limit, after=after, status=status, kind=kind, batch_id=batch)
    return JobList.of("job", page, lambda row: render_job(row, links))


@router.get("/{job_id}", responses=problems(401, 404))
def get_job(job_id: JobId, scope: TenantScope, links: Links, runtime: RuntimeDep) -> Job:
    """Get a job, and its position in the queue while it waits. Each call makes new links."""
    return job_detail(scope, queries.get(scope, job_id), links, runtime.settings)


@router.post("/{job_id}/cancel", responses=problems(401, 404, 409, 422))
def cancel_job(job_id: JobId, ask: JobActions) -> Job:
    """Cancel a job: at once if it waits, at its next step if it runs."""
    return ask(commands.cancel, job_id)


@router.post("/{job_id}/pause", responses=problems(401, 404, 409, 422))
def pause_job(job_id: JobId, ask: JobActions) -> Job:
    """Pause a fine-tune or an edit: at once if it waits, at its next step if it runs. Its progress is kept."""
    return ask(commands.pause, job_id)


@router.post("/{job_id}/resume", responses=problems(401, 404, 409, 422))
def resume_job(job_id: JobId, ask: JobActions) -> Job:
    """Resume a paused job: it returns to the queue, and its training continues from the step at which it was paused."""
    return ask(commands.resume, job_id)


@router.get(
    "/{job_id}/events", status_code=200, response_class=EventStream, responses=STREAM | problems(401, 404, 422, 429)
)
def stream_job_events(job_id: JobId, scope: TenantScope, runtime: RuntimeDep, last: LastEventId = 0) -> Response:
    """Stream the past and future events of a job, until it ends, as server-sent events.

    Ids count from 1 without gaps; `JobEvent` describes the types and their data. A client that reconnects sends the
    last id as Last-Event-ID and misses nothing; 204 says that there is nothing left to send.
    """
    return event_stream(runtime, scope, queries.get(scope, job_id), last)
