"""What lives as long as the process and is shared by its requests."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Annotated

import structlog
from fastapi import Depends, Request
from sqlalchemy.exc import SQLAlchemyError
from starlette.concurrency import run_in_threadpool

from api.streaming.hub import Hub
from api.streaming.open_streams import OpenStreams
from api.uploads.slots import UploadSlots
from service.infra.broker import Notifier
from service.infra.database import Database
from service.infra.object_store import ObjectStore
from service.settings import Settings

# The pools hold 15 connections; a request that has none must not occupy a thread that one with needs.
TRANSACTION_SLOTS = 12
DECODER_SLOTS = 3  # a picture at the limit takes some 500 MB while it is decoded

log = structlog.get_logger()


class RoleCheck:
    """Row-level security is as good as the roles are: asked once, as soon as the database answers."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._passed = False

    def ensure(self) -> None:
        """Raise BypassingRole if a role could read past row-level security."""
        if not self._passed:
            self._database.check_roles()
            self._passed = True

    def try_at_start(self) -> None:
        """As `ensure`, but a database that is down is no reason not to start: requests answer 503 until it is up."""
        try:
            self.ensure()
        except SQLAlchemyError as error:
            log.warning("database_down_at_start", reason=type(error).__name__)


@dataclass(frozen=True)
class Runtime:
    """The process's connections, its thread that streams events, and how many requests may work or wait at a time."""

    settings: Settings
    database: Database
    roles: RoleCheck
    store: ObjectStore
    notifier: Notifier
    hub: Hub
    streams: OpenStreams
    turns: asyncio.Semaphore
    decoders: asyncio.Semaphore
    uploads: UploadSlots


@asynccontextmanager
async def running(settings: Settings) -> AsyncIterator[Runtime]:
    """Open everything, and close it in the end; BypassingRole where the database may not be trusted."""
    database = Database.from_settings(settings)
    roles = RoleCheck(database)
    try:
        await run_in_threadpool(roles.try_at_start)
        store, notifier = ObjectStore(settings), Notifier(settings)
        hub = Hub(settings, database, store.link)
        try:
            turns, decoders = asyncio.Semaphore(TRANSACTION_SLOTS), asyncio.Semaphore(DECODER_SLOTS)
            uploads = UploadSlots(settings.max_batch_uploads)
            yield Runtime(
                settings, database, roles, store, notifier, hub, OpenStreams(settings), turns, decoders, uploads
            )
        finally:
            await run_in_threadpool(hub.close)
            await run_in_threadpool(notifier.close)
    finally:
        database.close()


async def runtime_of(request: Request) -> Runtime:
    """The runtime that the lifespan opened."""
    runtime: Runtime = request.state.runtime
    return runtime


RuntimeDep = Annotated[Runtime, Depends(runtime_of)]
