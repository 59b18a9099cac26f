"""The ended lines of a batch as JSONL, read page by page: no stream holds a connection while its reader reads."""

from collections.abc import AsyncIterator
from uuid import UUID

from starlette.concurrency import run_in_threadpool
from starlette.responses import StreamingResponse

from api.dependencies.scope import hold_transaction_slot
from api.runtime import Runtime
from api.schemas.batch import batch_line
from service.batches.queries import list_ended_lines
from service.enums import JobState

PAGE = 500


class JsonLines(StreamingResponse):
    """A JSON object a line."""

    media_type = "application/jsonl"


def stream(runtime: Runtime, tenant_id: UUID, batch_id: UUID, states: frozenset[JobState], after: int) -> JsonLines:
    """The answer with the lines past the line `after` that have ended in one of the states so far."""
    return JsonLines(pages(runtime, tenant_id, batch_id, states, after), headers={"Cache-Control": "no-store"})


async def pages(
    runtime: Runtime, tenant_id: UUID, batch_id: UUID, states: frozenset[JobState], after: int
) -> AsyncIterator[str]:
    """The stream's text, a page at a time. A database that goes away meanwhile cuts the answer off, as it should."""

    def read(after: int) -> tuple[str, int]:
        with runtime.database.tenant(tenant_id) as scope:
            rows = list_ended_lines(scope, batch_id, states, after=after, limit=PAGE)
        text = "".join(batch_line(row, runtime.store.link) for row in rows)
        return text, (rows[-1].line or 0) if len(rows) == PAGE else 0

    while True:
        async with hold_transaction_slot(runtime):
            text, after = await run_in_threadpool(read, after)
        yield text
        if not after:
            return
