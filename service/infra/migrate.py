"""Migrating the schema, as its owner, and setting the passwords of the application roles."""

import importlib.util
from functools import cache
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from psycopg import sql
from sqlalchemy import Connection, create_engine, make_url, text
from sqlalchemy.orm import Session

from service.infra.database import APP_ROLE, CONNECT_ARGS, ENGINE_ROLE
from service.infra.functions import create_functions


def alembic_config(connection: Connection | None = None) -> Config:
    """Alembic's configuration for one connection; the scripts are those of the installed `migrations`."""
    spec = importlib.util.find_spec("migrations")
    if spec is None or spec.origin is None:
        raise ModuleNotFoundError("migrations")
    config = Config()
    config.set_main_option("script_location", str(Path(spec.origin).parent))
    config.attributes["connection"] = connection
    return config


def migrate(owner_url: str, role_urls: tuple[str, ...] = ()) -> None:
    """Upgrade to the newest revision, and make the functions those of the files; the lock is held until the commit.

    The role URLs carry the passwords of the two application roles.
    """
    engine = create_engine(owner_url, connect_args=CONNECT_ARGS)
    try:
        with engine.begin() as connection:
            command.upgrade(alembic_config(connection), "head")
            create_functions(connection)
            for url in role_urls:
                set_password(connection, url)
    finally:
        engine.dispose()


def is_current(session: Session) -> bool:
    """Whether the schema is not older than this code. A revision that this code does not know is a newer one's."""
    revision = session.scalar(text("SELECT version_num FROM alembic_version"))
    return revision is not None and revision not in older_revisions()


@cache
def older_revisions() -> frozenset[str]:
    """Every revision but the newest."""
    scripts = ScriptDirectory.from_config(alembic_config())
    return frozenset(script.revision for script in scripts.walk_revisions()) - frozenset(scripts.get_heads())


def set_password(connection: Connection, role_url: str) -> None:
    """Let the role log in with the password that its URL carries."""
    url = make_url(role_url)
    if url.username not in {APP_ROLE, ENGINE_ROLE} or url.password is None:
        return
    statement = sql.SQL("ALTER ROLE {} PASSWORD {}").format(
        sql.Identifier(url.username), sql.Literal(str(url.password))
    )
    connection.exec_driver_sql(statement.as_string(None).replace("%", "%%"))
