from fastapi import APIRouter, Response

from api.answers import Links
from api.event_stream import EventStream, event_stream
from api.idempotent import InOnce
from api.openapi import STREAM, problems
from api.parameters import AfterJob, JobId, LastEventId, Limit
from api.runtime import InRuntime
from api.schemas.job import Job, JobList, job
from api.scope import InScope
from service.jobs import queries
from service.jobs.specs import JobKind
from service.jobs.states import TERMINAL, JobState

router = APIRouter(prefix="/v1/jobs", tags=["jobs"])


@router.get("", responses=problems(401, 422))
def list_jobs(
    scope: InScope,
    links: Links,
    limit: Limit = 20,
    after: AfterJob = None,
    status: JobState | None = None,
    kind: JobKind | None = None,
) -> JobList:
    """The jobs, newest first."""
    page = queries.listing(scope, limit=limit, after=after, status=status, kind=kind)
    return JobList.of("job", page, lambda row: job(row, links))


@router.get("/{job_id}", responses=problems(401, 404))
def get_job(job_id: JobId, scope: InScope, links: Links) -> Job:
    """One job. The links in its result are new at each call."""
    return job(queries.get(scope, job_id), links)


@router.post("/{job_id}/cancel", responses=problems(401, 404, 409, 422))
def cancel_job(job_id: JobId, scope: InScope, links: Links, once: InOnce) -> Job:
    """Stop a job: at once if it waits, at its next step if it runs."""
    row = once(
        {"job": str(job_id)},
        make=lambda: queries.cancel(scope, job_id),
        find=lambda known: queries.get(scope, known),
    )
    return job(row, links)


@router.get("/{job_id}/events", response_class=EventStream, responses=STREAM | problems(401, 404, 422))
def stream_job_events(job_id: JobId, scope: InScope, runtime: InRuntime, last: LastEventId = 0) -> Response:
    """The job's history and, until it ends, what happens to it, as server-sent events.

    The event is named as what happened, its id counts from 1 without gaps, and its data is JSON with `created_at`.
    A reader that reconnects sends the last id as Last-Event-ID and misses nothing; 204 says that nothing will follow.
    """
    row = queries.get(scope, job_id)
    seen = min(last, row.event_seq)
    history = queries.events_after(scope.session, {row.id: seen})
    if row.state in TERMINAL and not history:
        return Response(status_code=204)
    return event_stream(runtime.hub, row.id, seen, history)
