"""One job whole, with what its row alone does not say: as GET shows it, and a call that has waited for its end."""

from typing import Annotated

from fastapi import Depends

from api.runtime import RuntimeDep
from api.schemas.job import Job, Link, render_job
from service.assets import artifacts
from service.infra.database import Scope
from service.jobs.attempt import SAMPLE
from service.jobs.queue_position import queue_position
from service.jobs.specs import FINE_TUNE
from service.settings import Settings
from service.tables import Job as JobRow


def job_detail(scope: Scope, row: JobRow, link: Link, settings: Settings) -> Job:
    """The job on the wire, with its place in the queue while it waits, and the samples of a training."""
    samples = artifacts.list_of_job(scope, row.id, SAMPLE) if row.kind == FINE_TUNE else ()
    return render_job(row, link, queue_position(scope, row, settings), samples)


async def link(runtime: RuntimeDep) -> Link:
    """What turns a key of the store into a URL that works without ours."""
    return runtime.store.link


Links = Annotated[Link, Depends(link)]
