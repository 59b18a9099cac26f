"""Rows of the request's scope as the wire has them, with the headers that belong to them."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Response

from api.runtime import InRuntime
from api.schemas.job import Job, Link, job
from api.scope import InScope
from service.database import Scope
from service.ids import to_wire
from service.jobs.queries import WAKE
from service.tables import Job as JobRow


def link(runtime: InRuntime) -> Link:
    """What turns a key of the store into a URL that works without ours."""
    return runtime.store.link


Links = Annotated[Link, Depends(link)]


@dataclass(frozen=True)
class Accepted:
    """Answers with a job that the request made: where it is, and word of it to whoever waits."""

    scope: Scope
    response: Response
    link: Link

    def __call__(self, row: JobRow) -> Job:
        """The job on the wire."""
        self.scope.session.info.setdefault(WAKE, []).append(row.id)
        self.response.headers["Location"] = f"/v1/jobs/{to_wire('job', row.id)}"
        return job(row, self.link)


def accepted(scope: InScope, response: Response, links: Links) -> Accepted:
    """Of the request's scope."""
    return Accepted(scope, response, links)


InAccepted = Annotated[Accepted, Depends(accepted)]
