"""Jobs as responses of the calls that submit them: 202 or, with `Prefer: wait`, 200."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Request

from api.dependencies.parameters import PreferHeader
from api.dependencies.prefer import JobAnswer, Wait, seconds_to_wait
from api.dependencies.scope import TenantScope
from api.runtime import Runtime, RuntimeDep
from api.schemas.job import render_job
from service.enums import TERMINAL
from service.ids import to_wire
from service.infra.database import Scope
from service.jobs.submission import WAKE
from service.tables import Job as JobRow


@dataclass(frozen=True)
class Accepted:
    """Answers with a job that the request made: where it is, and word of it to whoever waits."""

    scope: Scope
    runtime: Runtime
    seconds: int

    def __call__(self, row: JobRow) -> JobAnswer:
        """202 with the job; 200 with the finished job to a client that prefers to wait, if it ends in time."""
        self.scope.session.info.setdefault(WAKE, []).append(row.id)
        body = render_job(row, self.runtime.store.link).body()
        wait = Wait(self.runtime, self.scope.tenant_id, row.id, row.event_seq, row.state in TERMINAL, self.seconds)
        return JobAnswer(body, f"/v1/jobs/{to_wire('job', row.id)}", wait if self.seconds else None)


async def accepted(scope: TenantScope, runtime: RuntimeDep, request: Request, _prefer: PreferHeader = None) -> Accepted:
    """Of the request's scope; with this dependency a route understands `Prefer: wait=N`."""
    return Accepted(scope, runtime, seconds_to_wait(request.headers.getlist("prefer")))


InAccepted = Annotated[Accepted, Depends(accepted)]
