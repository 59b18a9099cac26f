"""`svdiff up`: the servers, the schema, and our own processes, until Ctrl-C."""

import http.client
import os
import socket
import sys
import threading
import time
from contextlib import closing
from pathlib import Path

import typer
from sqlalchemy import select

from service import tenants
from service.bases import register_shipped
from service.infra.database import Database, MissingSetting
from service.infra.migrate import migrate
from service.local.connect import local_stack, settings_for_stack
from service.local.stack import StackError
from service.local.supervisor import Program, Supervisor
from service.settings import Settings
from service.tables import TenantRow

FIRST_TENANT = "default"
# GNU OpenMP's threads spin while they wait. A training step of the emoji base on two cores, alone and beside
# another program: endless spinning 0.09 and 2.2 s, none 0.20 and 0.16 s, a short spin 0.09 and 0.26 s.
SHORT_SPIN = {"GOMP_SPINCOUNT": os.environ.get("GOMP_SPINCOUNT", "1000")}


class PortInUse(StackError):
    """The host and port of the API are in use or not available."""

    code = "port_in_use"
    remedy = "Choose another port with `--port`."

    def __init__(self, host: str, port: int) -> None:
        super().__init__(f"{host}:{port} is in use; choose another port with --port.")


def run(data: Path, host: str, port: int) -> None:
    """Start everything in the folder, print where it is, and stay until a signal stops it."""
    started_at = time.monotonic()
    given_settings = Settings()
    data = data.resolve()
    check_port_free(host, port)
    with local_stack(data, given_settings) as stack:
        settings = settings_for_stack(given_settings, stack.start(), data)
        key = prepare_installation(settings)
        if key is not None:
            typer.echo(f"API key (shown once): {key}")
        supervisor = Supervisor(programs(settings, host, port), logs=stack.logs, stack=stack)
        announcer = threading.Thread(target=announce, args=(host, port, started_at), daemon=True)
        announcer.start()
        supervisor.run_until_stopped()


def check_port_free(host: str, port: int) -> None:
    """Raise PortInUse if another program listens there, whose answers would be taken for ours."""
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise PortInUse(host, port) from error


def prepare_installation(settings: Settings) -> str | None:
    """Bring the schema up to date; on the first start of a folder, a tenant and its key."""
    prepare_schema(settings)
    with closing(Database.from_settings(settings)) as database:
        return create_first_key(database, settings)


def prepare_schema(settings: Settings) -> None:
    """Migrate, and register the bases that ship."""
    if settings.database_url is None:
        raise MissingSetting("SVDIFF_DATABASE_URL")
    migrate(settings.database_url.get_secret_value(), role_urls(settings))
    with closing(Database.from_settings(settings)) as database:
        register_shipped(database)


def role_urls(settings: Settings) -> tuple[str, ...]:
    """The URLs of the app and engine roles."""
    urls = (settings.app_database_url, settings.engine_database_url)
    return tuple(url.get_secret_value() for url in urls if url is not None)


def create_first_key(database: Database, settings: Settings) -> str | None:
    """A key of a first tenant, unless there are other tenants or it has a key: a start may have died in between."""
    with database.engine() as session:
        names = session.scalars(select(TenantRow.name).limit(2)).all()
    if not names:
        tenants.create_tenant(database, settings, FIRST_TENANT)
    elif names != [FIRST_TENANT] or tenants.has_key(database, FIRST_TENANT):
        return None
    return tenants.create_key(database, FIRST_TENANT)


def programs(settings: Settings, host: str, port: int) -> list[Program]:
    """Our own processes: the API first, so that jobs are accepted while the rest still loads."""
    # The owner's rights are for migrations alone: an empty variable also hides one that we have inherited.
    environment = settings.environment() | {"SVDIFF_DATABASE_URL": ""}
    python, grace = sys.executable, settings.shutdown_grace_seconds
    celery = (python, "-m", "celery", "-A")
    quiet = ("--without-gossip", "--without-mingle", "--without-heartbeat", "--loglevel", "WARNING")
    commands = {
        "api": (
            *(python, "-m", "uvicorn", "api.main:create", "--factory", "--no-access-log", "--log-level", "warning"),
            *("--host", host, "--port", str(port), "--timeout-graceful-shutdown", "5"),
        ),
        "device": (*celery, "worker.device", "worker", "--pool", "threads", "--queues", "device", "-c", "1", *quiet),
        "upkeep": (*celery, "worker.upkeep", "worker", "--pool", "solo", "--queues", "upkeep", *quiet),
        "beat": (*celery, "worker.upkeep", "beat", "--pidfile", "", "--loglevel", "WARNING"),
    }
    environments = {"device": environment | SHORT_SPIN}
    readiness = {"api": lambda: is_ready(host, port)}  # the rest starts after it: imports would only slow each other
    return [
        Program(name, argv, environments.get(name, environment), grace, readiness.get(name, lambda: True))
        for name, argv in commands.items()
    ]


def announce(host: str, port: int, started_at: float) -> None:
    """Print where the API is once it is ready."""
    while not is_ready(host, port):
        time.sleep(0.05)
    typer.echo(f"svdiff is ready at http://{host}:{port} after {time.monotonic() - started_at:.1f} s (Ctrl-C stops it)")


def is_ready(host: str, port: int) -> bool:
    """Whether /readyz answers 200."""
    connection = http.client.HTTPConnection(host, port, timeout=2)
    try:
        connection.request("GET", "/readyz")
        return connection.getresponse().status == http.client.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
