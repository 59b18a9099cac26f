"""Servers and databases that fail in a chosen way."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
from fastapi.testclient import TestClient
from pydantic import SecretStr
from sqlalchemy import make_url

from api.main import create
from service.settings import Settings


def psycopg_url(url: SecretStr | None) -> str:
    """The URL as psycopg reads it."""
    assert url
    return make_url(url.get_secret_value()).set(drivername="postgresql").render_as_string(hide_password=False)


@contextmanager
def failing_commit(settings: Settings) -> Iterator[None]:
    """Every transaction that inserted a job with this prompt fails in its COMMIT, and not before."""
    with psycopg.connect(psycopg_url(settings.database_url), autocommit=True) as owner:
        owner.execute(
            "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql"
            " AS $$ BEGIN RAISE EXCEPTION 'the disk is full'; END $$"
        )
        owner.execute(
            "CREATE CONSTRAINT TRIGGER refuse AFTER INSERT ON jobs DEFERRABLE INITIALLY DEFERRED FOR EACH ROW"
            " WHEN (NEW.spec ->> 'prompt' = 'fails at commit') EXECUTE FUNCTION refuse()"
        )
        try:
            yield
        finally:
            owner.execute("DROP FUNCTION refuse CASCADE")


@contextmanager
def client_with(settings: Settings, **other: Any) -> Iterator[TestClient]:
    """The API with some other settings."""
    app = create(settings.model_copy(update=other))
    with TestClient(app, raise_server_exceptions=False) as client:
        yield client
