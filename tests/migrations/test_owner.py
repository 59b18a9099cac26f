"""A managed Postgres gives nobody a superuser: everything must stand with an owner that is none."""

import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import create_engine, make_url, select, text

from service import tenants
from service.errors import Unauthorized
from service.infra.database import APP_ROLE, ENGINE_ROLE, BypassingRole, Database, role_url
from service.infra.migrate import migrate
from service.local.stack import Addresses
from service.settings import Settings
from service.tables import ApiKey, TenantLoad
from tests.conftest import settings_for


@pytest.fixture
def settings(stack: Addresses, tmp_path: Path) -> Iterator[Settings]:
    """A migrated database whose owner may create roles, and nothing else."""
    name = f"owner_{uuid.uuid4().hex[:8]}"
    cluster = create_engine(stack.database_url, isolation_level="AUTOCOMMIT")
    with cluster.connect() as connection:
        connection.execute(text(f"CREATE ROLE {name} LOGIN CREATEROLE NOSUPERUSER NOBYPASSRLS"))
        connection.execute(text(f"CREATE DATABASE {name} OWNER {name}"))
    owner_url = make_url(role_url(stack.database_url, name)).set(database=name).render_as_string(hide_password=False)
    migrate(owner_url)
    yield settings_for(stack, owner_url, tmp_path)
    with cluster.connect() as connection:
        connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
        connection.execute(text(f"DROP ROLE {name}"))
    cluster.dispose()


@pytest.fixture
def database(settings: Settings) -> Iterator[Database]:
    """The everyday roles on it."""
    database = Database.from_settings(settings)
    yield database
    database.close()


def test_a_key_is_found_through_forced_row_level_security(database: Database, settings: Settings) -> None:
    """The look-up runs as the owner, whom FORCE would blind without a policy of its own."""
    tenant_id = tenants.create_tenant(database, settings, "alice")
    key = tenants.create_key(database, "alice")
    with database.app() as session:
        assert tenants.authenticate(session, key).tenant_id == tenant_id
    with pytest.raises(Unauthorized), database.app() as session:
        tenants.authenticate(session, key + "x")


def test_the_level_of_active_tenants_is_found_as_well(database: Database, settings: Settings) -> None:
    """Over all tenants, though the asking role sees one."""
    tenants.create_tenant(database, settings, "busy")
    with database.engine() as session:
        load = session.scalars(select(TenantLoad)).one()
        load.running, load.served_seconds, load.weight = 1, 80.0, 2.0
    with database.app() as session:
        assert session.scalar(text("SELECT lowest_active_share()")) == 40.0


def test_the_owner_itself_is_refused_for_everyday_work(settings: Settings) -> None:
    """It is no superuser and does not bypass, but it could disable what protects the rows."""
    assert settings.database_url
    assert settings.engine_database_url
    engine_url = settings.engine_database_url.get_secret_value()
    database = Database(settings.database_url.get_secret_value(), engine_url)
    with pytest.raises(BypassingRole, match="owner_"):
        database.check_roles()
    database.close()


def test_a_member_of_the_owner_is_refused_as_well(settings: Settings, stack: Addresses) -> None:
    """Membership is ownership in disguise."""
    assert settings.database_url
    assert settings.app_database_url
    owner_url = settings.database_url.get_secret_value()
    owner, member = make_url(owner_url).username, f"member_{uuid.uuid4().hex[:8]}"
    cluster = create_engine(stack.database_url, isolation_level="AUTOCOMMIT")
    with cluster.connect() as connection:
        connection.execute(text(f"CREATE ROLE {member} LOGIN IN ROLE {owner}"))
    database = Database(settings.app_database_url.get_secret_value(), role_url(owner_url, member))
    with pytest.raises(BypassingRole, match=member):
        database.check_roles()
    database.close()
    with cluster.connect() as connection:
        connection.execute(text(f"DROP ROLE {member}"))
    cluster.dispose()


def test_the_owner_reads_no_tenants_rows_but_what_its_functions_need(database: Database, settings: Settings) -> None:
    """FORCE holds for it: of jobs it sees none; keys and loads are the two exceptions."""
    tenant_id = tenants.create_tenant(database, settings, "alice")
    tenants.create_key(database, "alice")
    assert settings.database_url
    owner = create_engine(settings.database_url.get_secret_value())
    with owner.connect() as connection:
        assert connection.scalar(text("SELECT count(*) FROM tenants")) == 0
        assert connection.scalars(select(ApiKey.tenant_id)).all() == [tenant_id]
    owner.dispose()


def test_the_everyday_roles_are_as_they_are_elsewhere(database: Database) -> None:
    """The same two names, whoever owns the schema."""
    database.check_roles()
    with database.app() as session:
        assert session.scalar(text("SELECT current_user")) == APP_ROLE
    with database.engine() as session:
        assert session.scalar(text("SELECT current_user")) == ENGINE_ROLE
