"""The health checks of a process: whether it runs, and whether it can serve requests."""

from collections.abc import Callable
from typing import Literal

from fastapi import APIRouter
from sqlalchemy.exc import SQLAlchemyError

from api.openapi import problems
from api.runtime import Runtime, RuntimeDep
from api.schemas.fields import ResponseModel
from service.errors import FieldError, Unavailable
from service.infra.migrate import is_current

router = APIRouter(tags=["health"])


class Health(ResponseModel):
    """The answer of a healthy process."""

    status: Literal["ok"] = "ok"


class NotReady(Unavailable):
    """The server cannot serve requests yet: the database, its schema or the object store is not ready."""

    code = "not_ready"
    remedy = "Wait, and check the servers that `problems` names; `svdiff migrate` updates the schema."

    def __init__(self, failing: dict[str, str]) -> None:
        super().__init__(" and the ".join(failing).replace("_", " "))
        self.problems = tuple(FieldError(name, reason) for name, reason in failing.items())


@router.get("/healthz")
def healthz() -> Health:
    """Check that the process is alive."""
    return Health()


@router.get("/readyz", responses=problems(503))
def readyz(runtime: RuntimeDep) -> Health:
    """Check that requests can be served: database, schema and object store. No worker is needed."""
    asked = {"database": database, "object_store": object_store}
    failing = {name: reason for name, ask in asked.items() if (reason := fault(ask, runtime)) is not None}
    if failing:
        raise NotReady(failing)
    return Health()


def fault(ask: Callable[[Runtime], str | None], runtime: Runtime) -> str | None:
    """What is wrong, if something is."""
    try:
        return ask(runtime)
    except (SQLAlchemyError, Unavailable):
        return "It cannot be reached."


def database(runtime: Runtime) -> str | None:
    """Whether the roles may be trusted and the schema is the one that this code was written for."""
    runtime.roles.ensure()
    with runtime.database.app() as session:
        return None if is_current(session) else "Its schema is not migrated: run `svdiff migrate`."


def object_store(runtime: Runtime) -> str | None:
    """Whether the bucket answers."""
    runtime.store.ping()
    return None
