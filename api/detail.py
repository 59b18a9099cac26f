"""One job whole, with what its row alone does not say: as GET shows it, and a call that has waited for its end."""

from api.schemas.job import Job, Link, job
from service import artifacts
from service.database import Scope
from service.jobs.lease import SAMPLE
from service.jobs.place import place
from service.jobs.specs import FINE_TUNE
from service.settings import Settings
from service.tables import Job as JobRow


def detail(scope: Scope, row: JobRow, link: Link, settings: Settings) -> Job:
    """The job on the wire, with its place in the queue while it waits, and the samples of a training."""
    samples = artifacts.of_job(scope, row.id, SAMPLE) if row.kind == FINE_TUNE else ()
    return job(row, link, place(scope, row, settings), samples)
