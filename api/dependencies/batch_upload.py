"""How a batch comes in: the key, a place, the body into a file, every line checked, then one transaction.

No transaction is open, and no turn taken, while a client sends; none is idle while a file is read.
"""

from collections.abc import Callable
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from tempfile import TemporaryFile
from typing import Annotated, BinaryIO, TypeVar
from uuid import UUID

from fastapi import Depends, Request
from starlette.concurrency import run_in_threadpool

from api.dependencies.idempotency import IdempotentCall
from api.dependencies.parameters import IdempotencyHeader
from api.dependencies.scope import hold_transaction_slot, key_of, scope
from api.http_errors import WrongMediaType
from api.runtime import Runtime, RuntimeDep
from api.schemas.batch import Batch, batch
from api.uploads.batch_file import BatchFile
from api.uploads.spool import spool
from service.batches import queries
from service.batches.check import check
from service.batches.create import BatchRequest, create
from service.batches.quota import check_not_full
from service.infra.database import Scope
from service.requests.metrics import configured_metrics

MEDIA_TYPES = ("application/jsonl", "application/x-ndjson")

Answer = TypeVar("Answer")

transaction = contextmanager(scope)


@dataclass(frozen=True)
class BatchUpload:
    """Takes in the batch that one request brings."""

    runtime: Runtime
    request: Request
    key: str
    idempotency_key: str | None

    async def __call__(self, name: str | None, expires_in: float | None) -> Batch:
        """The batch, queued; or why not, with nothing of it left."""
        tenant_id = await self._in_a_turn(self._enter)
        if self.request.headers.get("content-type", "").partition(";")[0].strip().lower() not in MEDIA_TYPES:
            raise WrongMediaType(MEDIA_TYPES)
        settings = self.runtime.settings
        with self.runtime.uploads.one(tenant_id), TemporaryFile() as file:
            sha256 = await spool(self.request.stream(), file, settings.batch_upload_seconds)
            wish = BatchRequest(name, sha256, expires_in)
            return await self._in_a_turn(lambda: self._work(tenant_id, file, wish))

    async def _in_a_turn(self, work: Callable[[], Answer]) -> Answer:
        async with hold_transaction_slot(self.runtime):
            return await run_in_threadpool(work)

    def _enter(self) -> UUID:
        """The key's tenant. What has an Idempotency-Key may be a repetition, which is answered however much waits."""
        with self._transaction() as scope:
            if self.idempotency_key is None:
                check_not_full(scope)
            return scope.tenant_id

    def _work(self, tenant_id: UUID, file: BinaryIO, wish: BatchRequest) -> Batch:
        sent = vars(wish)
        with self._transaction() as scope:
            known = self._once(scope).made(sent)
            if known is not None:
                return show_batch(scope, known)
            check_not_full(scope)
        settings = self.runtime.settings
        source = BatchFile(file, settings.max_body_bytes, settings.allowed_methods)
        survey = check(self.runtime.database, tenant_id, source, settings.max_batch_lines, configured_metrics(settings))
        with self._transaction() as scope:
            row = self._once(scope)(
                sent,
                make=lambda: create(scope, wish, survey, source),
                find=lambda batch_id: queries.get(scope, batch_id),
            )
            return show_batch(scope, row.id)

    def _transaction(self) -> AbstractContextManager[Scope]:
        """A transaction of the key's tenant, committed or told as Unavailable."""
        return transaction(self.runtime, self.key, None)

    def _once(self, scope: Scope) -> IdempotentCall:
        return IdempotentCall(scope, self.request.scope["route"].path, self.idempotency_key, 202)


def show_batch(scope: Scope, batch_id: UUID) -> Batch:
    """The batch on the wire."""
    row = queries.get(scope, batch_id)
    return batch(row, queries.count_states(scope.session, row.id))


def batch_upload(
    runtime: RuntimeDep,
    request: Request,
    key: Annotated[str, Depends(key_of)],
    idempotency_key: IdempotencyHeader = None,
) -> BatchUpload:
    """Of the request's key and Idempotency-Key."""
    return BatchUpload(runtime, request, key, idempotency_key)


BatchUploaded = Annotated[BatchUpload, Depends(batch_upload)]
