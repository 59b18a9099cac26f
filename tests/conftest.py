"""What every test shares: real servers, a migrated database of its own for each run of the suite, two tenants."""

import os
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

import psycopg
import pytest
from pydantic import SecretStr
from sqlalchemy import make_url

from service import tenants
from service.bases import Manifest, register
from service.infra.database import APP_ROLE, ENGINE_ROLE, Database, role_url
from service.infra.migrate import migrate
from service.infra.object_store import ObjectStore
from service.local.stack import Addresses
from service.settings import Settings
from tests.stack_fixture import local_stack, stack
from tests.tiny_pipeline import tiny_pipeline

__all__ = ["local_stack", "stack", "tiny_pipeline"]

os.environ.setdefault("HF_HUB_OFFLINE", "1")
os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")


@dataclass(frozen=True)
class Customer:
    """A tenant with a key, as a test plays it."""

    id: UUID
    name: str
    key: str

    @property
    def headers(self) -> dict[str, str]:
        """What the customer's client sends."""
        return {"Authorization": f"Bearer {self.key}"}


def new_database(stack: Addresses, name: str) -> str:
    """Create an empty database beside the stack's own; the owner's URL."""
    url = make_url(stack.database_url)
    with psycopg.connect(url.set(drivername="postgresql").render_as_string(hide_password=False), autocommit=True) as c:
        c.execute(f'CREATE DATABASE "{name}"')
    return url.set(database=name).render_as_string(hide_password=False)


def settings_for(stack: Addresses, owner_url: str, factors_dir: Path) -> Settings:
    """Settings of a service on the stack's servers, with short times."""
    return Settings(
        database_url=SecretStr(owner_url),
        app_database_url=SecretStr(role_url(owner_url, APP_ROLE)),
        engine_database_url=SecretStr(role_url(owner_url, ENGINE_ROLE)),
        broker_url=SecretStr(stack.broker_url),
        s3_endpoint=stack.s3_endpoint,
        s3_access_key=SecretStr(stack.s3_access_key),
        s3_secret_key=SecretStr(stack.s3_secret_key),
        s3_bucket=stack.s3_bucket,
        factors_dir=factors_dir,
        lease_seconds=3.0,
        heartbeat_interval_seconds=0.5,
        poll_interval_seconds=0.2,
        retry_seconds=0.1,
        maintenance_interval_seconds=0.5,
    )


def migrated(stack: Addresses, factors_dir: Path) -> Settings:
    """Settings with a new database of the current schema."""
    owner_url = new_database(stack, f"test_{uuid.uuid4().hex[:12]}")
    migrate(owner_url)
    return settings_for(stack, owner_url, factors_dir)


@pytest.fixture(scope="session")
def settings(stack: Addresses, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """A migrated database, the store and the broker."""
    return migrated(stack, tmp_path_factory.mktemp("factors"))


@pytest.fixture(scope="session")
def database(settings: Settings) -> Iterator[Database]:
    """The two everyday roles on the suite's database."""
    database = Database.from_settings(settings)
    yield database
    database.close()


@pytest.fixture(scope="session")
def store(settings: Settings) -> ObjectStore:
    """The real object store."""
    return ObjectStore(settings)


@pytest.fixture(scope="session")
def base(database: Database) -> str:
    """The name of a registered base that no worker can load: enough for everything but devices."""
    manifest = Manifest(fingerprint="svd1-" + "0" * 64, resolution=64)
    register(database, "tiny", "/nowhere", manifest)
    return "tiny"


def new_customer(database: Database, settings: Settings) -> Customer:
    """A tenant that no other test knows."""
    name = f"tenant-{uuid.uuid4().hex[:8]}"
    tenant_id = tenants.create_tenant(database, settings, name)
    return Customer(tenant_id, name, tenants.create_key(database, name))


@pytest.fixture
def alice(database: Database, settings: Settings) -> Customer:
    """A tenant of its own for one test."""
    return new_customer(database, settings)


@pytest.fixture
def bob(database: Database, settings: Settings) -> Customer:
    """Another tenant."""
    return new_customer(database, settings)
