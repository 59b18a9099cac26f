"""The database through its two application roles: `app`, which acts for one tenant, and `engine`, the job engine's."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from uuid import UUID

import structlog
from sqlalchemy import Connection, Engine, create_engine, make_url, text
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session, sessionmaker

from service.infra.sql_files import statement
from service.settings import Settings

APP_ROLE = "svdiff_app"
ENGINE_ROLE = "svdiff_engine"
ROLE_BYPASSES = statement(__file__, "role_bypasses")
log = structlog.get_logger()

CONNECT_ARGS = {"connect_timeout": 3, "application_name": "svdiff"}

BYPASS_QUERY = """
SELECT current_user AS role,
       rolsuper OR rolbypassrls
       OR EXISTS (SELECT FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
                  WHERE n.nspname = 'public' AND c.relkind = 'r' AND pg_has_role(r.oid, c.relowner, 'MEMBER'))
       AS bypasses
FROM pg_roles r WHERE rolname = current_user
"""


class BypassingRole(RuntimeError):
    """A role that could read past row-level security was configured for the service."""

    def __init__(self, role: str) -> None:
        super().__init__(f"The database role {role!r} bypasses row-level security; use {APP_ROLE} or {ENGINE_ROLE}.")


class MissingSetting(RuntimeError):
    """A process cannot start without this setting."""

    def __init__(self, names: str) -> None:
        super().__init__(f"Set {names}, or start everything with `svdiff up`.")


def role_url(owner_url: str, role: str) -> str:
    """The URL of the same database for another login role, without a password: the local stack trusts its socket."""
    return make_url(owner_url).set(username=role, password=None).render_as_string(hide_password=False)


def create_pool(url: str, *, pool_size: int = 5) -> Engine:
    """A connection pool that gives up within seconds, so that an outage becomes a 503 and not a hang."""
    options = "-c statement_timeout=30s -c idle_in_transaction_session_timeout=15s"
    return create_engine(
        url,
        pool_size=pool_size,
        max_overflow=10,
        pool_timeout=5,
        pool_pre_ping=True,
        hide_parameters=True,  # an error that is logged must not carry a prompt
        connect_args={**CONNECT_ARGS, "options": options},
    )


@dataclass
class AfterCommit:
    """What is to be done once the transaction stands: whoever commits it does it."""

    wake_workers: bool = False
    changed_jobs: list[UUID] = field(default_factory=list)


@dataclass(frozen=True)
class Scope:
    """The tenant a call acts for, the transaction it acts in, and what is to be done after its commit."""

    session: Session
    tenant_id: UUID
    after_commit: AfterCommit = field(default_factory=AfterCommit)


class Database:
    """A connection pool for each role. A session is one transaction: committed on a clean exit, else rolled back."""

    def __init__(self, app_url: str, engine_url: str, *, pool_size: int = 5) -> None:
        self._pools = [create_pool(app_url, pool_size=pool_size), create_pool(engine_url, pool_size=pool_size)]
        self._app = sessionmaker(self._pools[0], expire_on_commit=False)
        self._engine = sessionmaker(self._pools[1], expire_on_commit=False)

    @classmethod
    def from_settings(cls, settings: Settings) -> "Database":
        """The configured pools; MissingSetting if a URL is not set."""
        urls = (settings.app_database_url, settings.engine_database_url)
        if urls[0] is None or urls[1] is None:
            raise MissingSetting("SVDIFF_APP_DATABASE_URL and SVDIFF_ENGINE_DATABASE_URL")
        return cls(urls[0].get_secret_value(), urls[1].get_secret_value())

    @contextmanager
    def app(self) -> Iterator[Session]:
        """A transaction of the app role without a tenant yet: it sees no tenant's row."""
        with self._app.begin() as session:
            yield session

    @contextmanager
    def tenant(self, tenant_id: UUID) -> Iterator[Scope]:
        """A transaction that can see and write the rows of one tenant only."""
        with self.app() as session:
            yield set_tenant(session, tenant_id)

    @contextmanager
    def engine(self) -> Iterator[Session]:
        """A transaction of the job engine: claim, reaper, sweeper, hub."""
        with self._engine.begin() as session:
            yield session

    @contextmanager
    def engine_statement(self) -> Iterator[Connection]:
        """A connection of the job engine on which each statement commits by itself."""
        with self._pools[1].connect() as connection:
            yield connection.execution_options(isolation_level="AUTOCOMMIT")

    def check_roles(self) -> None:
        """Raise BypassingRole if either role could see past row-level security."""
        for open_session in (self.app, self.engine):
            with open_session() as session:
                row = session.execute(ROLE_BYPASSES).one()
                if row.bypasses:
                    raise BypassingRole(row.role)

    def close(self) -> None:
        """Close the pools' connections."""
        for pool in self._pools:
            pool.dispose()


def connect_worker(settings: Settings) -> Database:
    """The pools of a worker, once the database answers and its roles are checked.

    Ends the process where waiting cannot help. SystemExit, since Celery swallows any Exception of a start-up signal.
    """
    try:
        database = Database.from_settings(settings)
        while True:
            try:
                database.check_roles()
            except OperationalError as error:
                log.warning("database_down_at_start", reason=type(error).__name__)
                time.sleep(settings.poll_interval_seconds)
            else:
                return database
    except (MissingSetting, BypassingRole) as error:
        raise SystemExit(str(error)) from error


def set_tenant(session: Session, tenant_id: UUID) -> Scope:
    """Have the rest of the transaction act for one tenant."""
    session.execute(text("SELECT set_config('app.tenant', :id, true)"), {"id": str(tenant_id)})
    return Scope(session, tenant_id)
