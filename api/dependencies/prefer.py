"""`Prefer: wait=N` (RFC 7240): a client that would rather wait for its job than ask for it again and again."""

import asyncio
import re
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

import structlog
from fastapi.responses import Response
from sqlalchemy.exc import SQLAlchemyError
from starlette.concurrency import run_in_threadpool
from starlette.types import Receive, Scope, Send

from api.dependencies.job_detail import job_detail
from api.dependencies.scope import hold_transaction_slot
from api.runtime import Runtime
from service.enums import TERMINAL
from service.errors import ServiceError
from service.jobs import queries

MAX_SECONDS = 60
WAIT = re.compile(r'\s*wait\s*=\s*"?([0-9]{1,9})"?\s*', re.IGNORECASE)

log = structlog.get_logger()


def seconds_to_wait(headers: Sequence[str]) -> int:
    """The first `wait` among the preferences, at most 60; 0 without one. What cannot be read is no preference."""
    for preference in ",".join(headers).split(","):
        asked = WAIT.fullmatch(preference.partition(";")[0])
        if asked:
            return min(int(asked[1]), MAX_SECONDS)
    return 0


@dataclass(frozen=True)
class Wait:
    """For which job's end to wait: for an event past `seen` unless it is `over` already, at most so many seconds."""

    runtime: Runtime
    tenant_id: UUID
    job_id: UUID
    seen: int
    over: bool
    seconds: int

    async def outcome(self, receive: Receive) -> bytes | None:
        """The body of the job that has ended; None if it has not, or if nobody can tell just now.

        Holds one of the process's places, and neither a connection to the database nor a thread. The job is
        accepted: nothing that fails here may be told as its failure.
        """
        try:
            with self.runtime.streams.one(self.tenant_id):
                if not self.over:
                    await self._end(receive)
            async with hold_transaction_slot(self.runtime):
                return await run_in_threadpool(self._body)
        except (ServiceError, SQLAlchemyError) as error:
            log.info("wait_given_up", reason=type(error).__name__)
            return None

    async def _end(self, receive: Receive) -> None:
        """Return at the job's end, when the client has gone, or when the time is over."""
        tasks = [
            asyncio.create_task(self.runtime.hub.ended(self.job_id, self.seen)),
            asyncio.create_task(disconnected(receive)),
        ]
        try:
            await asyncio.wait(tasks, timeout=self.seconds, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in tasks:
                task.cancel()

    def _body(self) -> bytes | None:
        with self.runtime.database.tenant(self.tenant_id) as scope:
            row = queries.get(scope, self.job_id)
            if row.state not in TERMINAL:
                return None
            return job_detail(scope, row, self.runtime.store.link, self.runtime.settings).body()


class JobResponse(Response):
    """202 with an accepted job; or, to a client that waits, 200 with the job once it has ended.

    It is called when the request's transaction is committed. If the process is told to stop meanwhile, the client
    gets the 202 that it would have got without waiting.
    """

    media_type = "application/json"

    def __init__(self, body: bytes, location: str, wait: Wait | None) -> None:
        super().__init__(body, 202, {"Location": location})
        self._location = location
        self._wait = wait

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Wait if there is something to wait for, and answer."""
        try:
            ended = await self._wait.outcome(receive) if self._wait else None
        except asyncio.CancelledError:
            await super().__call__(scope, receive, send)
            raise
        if self._wait is None or ended is None:
            await super().__call__(scope, receive, send)
            return
        headers = {"Location": self._location, "Preference-Applied": f"wait={self._wait.seconds}"}
        await Response(ended, 200, headers, self.media_type)(scope, receive, send)


async def disconnected(receive: Receive) -> None:
    """Return when the client has closed the connection."""
    while (await receive())["type"] != "http.disconnect":
        pass
