from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Response

from api.answers import Links
from api.detail import detail
from api.event_stream import EventStream, event_stream
from api.idempotent import InOnce, Once
from api.openapi import STREAM, problems
from api.parameters import AfterJob, JobId, LastEventId, Limit, OfBatch
from api.runtime import InRuntime
from api.schemas.job import Job, JobList, Link, job
from api.scope import InScope
from service.database import Scope
from service.jobs import queries
from service.jobs.specs import JobKind
from service.jobs.states import JobState
from service.tables import Job as JobRow

router = APIRouter(prefix="/v1/jobs", tags=["jobs"])


@dataclass(frozen=True)
class Ask:
    """Asks something of a job, once for each Idempotency-Key."""

    scope: Scope
    links: Link
    once: Once

    def __call__(self, verb: Callable[[Scope, UUID | None], JobRow], job_id: UUID | None) -> Job:
        """The job after it."""
        row = self.once(
            {"job": str(job_id)},
            make=lambda: verb(self.scope, job_id),
            find=lambda known: queries.get(self.scope, known),
        )
        return job(row, self.links)


def asker(scope: InScope, links: Links, once: InOnce) -> Ask:
    """Of the request."""
    return Ask(scope, links, once)


InAsk = Annotated[Ask, Depends(asker)]


@router.get("", responses=problems(401, 422))
def list_jobs(
    scope: InScope,
    links: Links,
    limit: Limit = 20,
    after: AfterJob = None,
    status: JobState | None = None,
    kind: JobKind | None = None,
    batch: OfBatch = None,
) -> JobList:
    """The jobs, newest first."""
    page = queries.listing(scope, limit=limit, after=after, status=status, kind=kind, batch_id=batch)
    return JobList.of("job", page, lambda row: job(row, links))


@router.get("/{job_id}", responses=problems(401, 404))
def get_job(job_id: JobId, scope: InScope, links: Links, runtime: InRuntime) -> Job:
    """One job, and its place in the queue while it waits. The links in it are new at each call."""
    return detail(scope, queries.get(scope, job_id), links, runtime.settings)


@router.post("/{job_id}/cancel", responses=problems(401, 404, 409, 422))
def cancel_job(job_id: JobId, ask: InAsk) -> Job:
    """Stop a job: at once if it waits, at its next step if it runs."""
    return ask(queries.cancel, job_id)


@router.post("/{job_id}/pause", responses=problems(401, 404, 409, 422))
def pause_job(job_id: JobId, ask: InAsk) -> Job:
    """Lay a fine-tune or an edit aside: at once if it waits, at its next step if it runs. What is learned is kept."""
    return ask(queries.pause, job_id)


@router.post("/{job_id}/resume", responses=problems(401, 404, 409, 422))
def resume_job(job_id: JobId, ask: InAsk) -> Job:
    """Put a paused job back in the queue; its training goes on with the step at which it was paused."""
    return ask(queries.resume, job_id)


@router.get(
    "/{job_id}/events", status_code=200, response_class=EventStream, responses=STREAM | problems(401, 404, 422, 429)
)
def stream_job_events(job_id: JobId, scope: InScope, runtime: InRuntime, last: LastEventId = 0) -> Response:
    """The job's history and, until it ends, what happens to it, as server-sent events.

    The event is named as what happened, its id counts from 1 without gaps, and its data is JSON with `created_at`.
    A reader that reconnects sends the last id as Last-Event-ID and misses nothing; 204 says that nothing will follow.
    """
    return event_stream(runtime, scope, queries.get(scope, job_id), last)
