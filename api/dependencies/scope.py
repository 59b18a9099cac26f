"""A request is one transaction of one tenant, and it is committed before the answer begins."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from typing import Annotated

import structlog
from fastapi import Depends
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from sqlalchemy.exc import SQLAlchemyError

from api.runtime import RuntimeDep
from service.errors import Unauthorized, Unavailable
from service.infra.broker import Notifier
from service.infra.database import AfterCommit, Scope
from service.tenants import authenticate

PATIENCE_SECONDS = 10.0

log = structlog.get_logger()
bearer = HTTPBearer(
    scheme_name="apiKey", auto_error=False, description="An API key, as `svdiff keys create` prints it."
)


async def transaction_slot(runtime: RuntimeDep) -> AsyncIterator[None]:
    """Wait for one of the turns, without occupying a thread; Unavailable when too many wait."""
    try:
        async with asyncio.timeout(PATIENCE_SECONDS):
            await runtime.turns.acquire()
    except TimeoutError:
        raise Unavailable("database") from None
    try:
        yield
    finally:
        runtime.turns.release()


hold_transaction_slot = asynccontextmanager(
    transaction_slot
)  # for what is no dependency: long answers take one for each of their pages


async def key_of(credentials: Annotated[HTTPAuthorizationCredentials | None, Depends(bearer)]) -> str:
    """The key that came with the call; Unauthorized without one."""
    if credentials is None:
        raise Unauthorized
    return credentials.credentials


def scope(
    runtime: RuntimeDep,
    key: Annotated[str, Depends(key_of)],
    _slot: Annotated[None, Depends(transaction_slot, scope="function")],
) -> Iterator[Scope]:
    """The key's tenant and the request's transaction; Unavailable if its commit fails."""
    handled = False
    try:
        runtime.roles.ensure()
        with runtime.database.app() as session:
            tenant = authenticate(session, key)
            yield tenant
            handled = True
    except SQLAlchemyError as error:
        if not handled:
            raise
        log.warning("commit_failed", reason=type(error).__name__)
        raise Unavailable("database") from error
    notify(runtime.notifier, tenant.after_commit)


def notify(notifier: Notifier, done: AfterCommit) -> None:
    """Send the notifications of the committed transaction."""
    if done.changed_jobs:
        notifier.jobs_changed(done.changed_jobs)
    if done.wake_workers:
        notifier.wake_workers()


# Without `scope="function"` FastAPI would commit after the answer is sent.
TenantScope = Annotated[Scope, Depends(scope, scope="function")]
