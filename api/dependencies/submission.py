"""How a handler submits a job: once for an Idempotency-Key, then 202 or, to a client that waits, 200."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, TypeVar

from fastapi import Depends, Request

from api.dependencies.idempotency import Idempotent, IdempotentCall
from api.dependencies.parameters import PreferHeader
from api.dependencies.prefer import JobResponse, Wait, seconds_to_wait
from api.dependencies.scope import TenantScope
from api.runtime import Runtime, RuntimeDep
from api.schemas.job import render_job
from service.enums import TERMINAL
from service.fields import RequestModel
from service.ids import to_wire
from service.infra.database import Scope
from service.jobs import queries
from service.tables import Job

Body = TypeVar("Body", bound=RequestModel)


@dataclass(frozen=True)
class Submission:
    """Submits the job that a request asks for; a repetition of the call answers with the job that it made."""

    scope: Scope
    runtime: Runtime
    once: IdempotentCall
    seconds: int

    def __call__(self, body: Body, submit: Callable[[Scope, Body], Job]) -> JobResponse:
        """202 with the job; 200 with the finished job to a client that prefers to wait, if it ends in time."""
        job = self.once(
            body.model_dump(by_alias=True, exclude_unset=True),
            make=lambda: submit(self.scope, body),
            find=lambda job_id: queries.get(self.scope, job_id),
        )
        content = render_job(job, self.runtime.store.link).body()
        location = f"/v1/jobs/{to_wire('job', job.id)}"
        ended = job.state in TERMINAL
        wait = Wait(self.runtime, self.scope.tenant_id, job.id, job.event_seq, ended, self.seconds)
        return JobResponse(content, location, wait if self.seconds else None)


async def submission(
    request: Request, scope: TenantScope, runtime: RuntimeDep, once: Idempotent, prefer: PreferHeader = None
) -> Submission:
    """Of the request; with this dependency a route understands `Idempotency-Key` and `Prefer: wait=N`."""
    seconds = seconds_to_wait(request.headers.getlist("prefer")) if prefer else 0
    return Submission(scope, runtime, once, seconds)


Submit = Annotated[Submission, Depends(submission)]
