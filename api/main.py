"""The entry point: `uvicorn api.main:create --factory`."""

import gc
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from importlib.metadata import version

from fastapi import FastAPI

from api import errors
from api.file_descriptors import raise_descriptor_limit
from api.middleware.access_log import AccessLog
from api.middleware.body_limit import BodyLimit
from api.openapi import describe, operation_id
from api.routes import bases, batches, edits, fine_tunes, generations, health, images, jobs, messages, shifts, webhooks
from api.runtime import running
from service.infra import logs
from service.settings import Settings

DESCRIPTION = """Personalize diffusion models with spectral shifts of about a megabyte.

Upload a few pictures, create a fine-tune, follow its job, and generate pictures with the shift that it trained. Or edit
one picture with new prompts.
Long work is answered with 202 and a job at once. Every POST accepts an `Idempotency-Key`."""


def create(settings: Settings | None = None) -> FastAPI:
    """The application; without settings, those of the SVDIFF_* variables, and this process is set up."""
    if settings is None:
        settings = Settings()
        logs.configure(settings)
        raise_descriptor_limit(settings)
    app = FastAPI(
        title="SVDiff",
        version=version("svdiff"),
        description=DESCRIPTION,
        lifespan=partial(lifespan, settings),
        generate_unique_id_function=operation_id,
        redoc_url=None,
        webhooks=messages.router,
    )
    for routes in (images, fine_tunes, generations, edits, batches, jobs, shifts, bases, webhooks, health):
        app.include_router(routes.router)
    errors.install(app)
    app.add_middleware(BodyLimit, settings=settings)
    app.add_middleware(AccessLog)
    app.openapi = partial(describe, app)  # type: ignore[method-assign]  # FastAPI's documented way
    return app


@asynccontextmanager
async def lifespan(settings: Settings, _app: FastAPI) -> AsyncIterator[dict[str, object]]:
    """What the process holds open while it serves."""
    async with running(settings) as runtime:
        gc.freeze()  # what is here by now stays: each full collection would look at it again while all requests wait
        yield {"runtime": runtime}
