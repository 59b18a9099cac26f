"""Rows of the request's scope as the wire has them, with the headers that belong to them."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Request

from api.parameters import PreferHeader
from api.prefer import JobAnswer, Wait, seconds_to_wait
from api.runtime import InRuntime, Runtime
from api.schemas.job import Link, job
from api.scope import InScope
from service.database import Scope
from service.ids import to_wire
from service.jobs.queries import WAKE
from service.jobs.states import TERMINAL
from service.tables import Job as JobRow


async def link(runtime: InRuntime) -> Link:
    """What turns a key of the store into a URL that works without ours."""
    return runtime.store.link


Links = Annotated[Link, Depends(link)]


@dataclass(frozen=True)
class Accepted:
    """Answers with a job that the request made: where it is, and word of it to whoever waits."""

    scope: Scope
    runtime: Runtime
    seconds: int

    def __call__(self, row: JobRow) -> JobAnswer:
        """202 with the job; 200 with the finished job to a client that prefers to wait, if it ends in time."""
        self.scope.session.info.setdefault(WAKE, []).append(row.id)
        body = job(row, self.runtime.store.link).body()
        wait = Wait(self.runtime, self.scope.tenant_id, row.id, row.event_seq, row.state in TERMINAL, self.seconds)
        return JobAnswer(body, f"/v1/jobs/{to_wire('job', row.id)}", wait if self.seconds else None)


async def accepted(scope: InScope, runtime: InRuntime, request: Request, _prefer: PreferHeader = None) -> Accepted:
    """Of the request's scope; with this dependency a route understands `Prefer: wait=N`."""
    return Accepted(scope, runtime, seconds_to_wait(request.headers.getlist("prefer")))


InAccepted = Annotated[Accepted, Depends(accepted)]
