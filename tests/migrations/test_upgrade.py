import subprocess
import sys
import uuid
from collections.abc import Callable
from pathlib import Path

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import create_engine, inspect, make_url, text

from service import tenants
from service.infra.database import APP_ROLE, ENGINE_ROLE, BypassingRole, Database, role_url
from service.infra.migrate import alembic_config, is_current, migrate
from service.local.stack import Addresses
from service.tables import Table
from tests.conftest import new_database, settings_for


@pytest.fixture
def owner_url(stack: Addresses) -> str:
    """An empty database."""
    return new_database(stack, f"migrations_{uuid.uuid4().hex[:8]}")


def everyday(owner_url: str, owner: str | None = None) -> Database:
    """The two everyday roles; or the owner in the place of one of them."""
    return Database(owner or role_url(owner_url, APP_ROLE), role_url(owner_url, ENGINE_ROLE))


def alembic(owner_url: str, run: Callable[[Config], object]) -> None:
    """One of alembic's commands."""
    engine = create_engine(owner_url)
    with engine.begin() as connection:
        run(alembic_config(connection))
    engine.dispose()


def names(owner_url: str) -> set[str]:
    """The tables that stand."""
    engine = create_engine(owner_url)
    found = set(inspect(engine).get_table_names())
    engine.dispose()
    return found


def test_an_empty_database_becomes_what_the_tables_say(owner_url: str) -> None:
    """`alembic check` finds nothing to add."""
    migrate(owner_url)
    alembic(owner_url, command.check)
    assert names(owner_url) == set(Table.metadata.tables) | {"alembic_version"}


def test_everything_can_be_taken_back_and_made_again(owner_url: str, stack: Addresses, tmp_path: Path) -> None:
    """Nothing of ours is left after the downgrade, and the second upgrade is as good as the first."""
    migrate(owner_url)
    alembic(owner_url, lambda config: command.downgrade(config, "base"))
    assert names(owner_url) == {"alembic_version"}
    migrate(owner_url)
    alembic(owner_url, command.check)
    use(owner_url, stack, tmp_path)


def use(owner_url: str, stack: Addresses, folder: Path) -> None:
    """Create a tenant and come in with its key."""
    database = everyday(owner_url)
    name = uuid.uuid4().hex
    tenants.create_tenant(database, settings_for(stack, owner_url, folder), name)
    key = tenants.create_key(database, name)
    with database.app() as session:
        tenants.authenticate(session, key)
        assert is_current(session)
    database.close()


PROCESS = "import sys; from service.infra.migrate import migrate; migrate(sys.argv[1], tuple(sys.argv[2:]))"


def migrate_in_processes(*arguments: tuple[str, ...]) -> None:
    """As replicas that start together do; alembic is for one thread of a process."""
    running = [
        subprocess.Popen([sys.executable, "-c", PROCESS, *one], stderr=subprocess.PIPE, text=True) for one in arguments
    ]
    ended = [(process.communicate(timeout=30)[1], process.returncode) for process in running]
    assert [code for _, code in ended] == [0] * len(running), ended


def test_migrating_at_the_same_moment_is_migrating(owner_url: str) -> None:
    """Each replica migrates when it starts, and sets the roles' passwords; neither is a cause of conflict."""
    urls = tuple(
        make_url(role_url(owner_url, role)).set(password="p%40:ss'").render_as_string(hide_password=False)
        for role in (APP_ROLE, ENGINE_ROLE)
    )
    migrate_in_processes(*[(owner_url, *urls)] * 3)
    alembic(owner_url, command.check)


def test_databases_of_one_cluster_are_migrated_at_the_same_moment(stack: Addresses) -> None:
    """They share the roles."""
    urls = [new_database(stack, f"migrations_{uuid.uuid4().hex[:8]}") for _ in range(3)]
    migrate_in_processes(*[(url,) for url in urls])
    assert all("jobs" in names(url) for url in urls)


@pytest.mark.parametrize("role", [APP_ROLE, ENGINE_ROLE])
def test_the_everyday_roles_have_no_privilege_to_bypass_anything(owner_url: str, role: str) -> None:
    """Neither superuser nor owner, and they may create nothing."""
    migrate(owner_url)
    engine = create_engine(role_url(owner_url, role))
    query = (
        "SELECT rolsuper, rolbypassrls, rolcreaterole, rolcreatedb, rolreplication, "
        "has_schema_privilege(rolname, 'public', 'CREATE'), "
        "EXISTS (SELECT FROM pg_class c WHERE pg_has_role(r.oid, c.relowner, 'MEMBER')), "
        "EXISTS (SELECT FROM pg_auth_members m WHERE m.member = r.oid) FROM pg_roles r WHERE rolname = current_user"
    )
    with engine.connect() as connection:
        assert not any(connection.execute(text(query)).one())
    engine.dispose()


def test_a_role_that_bypasses_is_refused(owner_url: str) -> None:
    """The owner's URL in the place of the app's, and a role that may become the owner."""
    migrate(owner_url)
    database = everyday(owner_url)
    database.check_roles()
    database.close()
    database = everyday(owner_url, owner=owner_url)
    with pytest.raises(BypassingRole, match=str(make_url(owner_url).username)):
        database.check_roles()
    database.close()


def test_a_schema_is_current_unless_it_is_older_than_the_code(owner_url: str) -> None:
    """A revision that this code does not know is a newer code's: an old replica goes on serving."""
    migrate(owner_url)
    owner = create_engine(owner_url)
    database = everyday(owner_url)
    answers = []
    for statement in ("UPDATE alembic_version SET version_num = '9999'", "DELETE FROM alembic_version"):
        with owner.begin() as connection:
            connection.execute(text(statement))
        with database.app() as session:
            answers.append(is_current(session))
    assert answers == [True, False]
    database.close()
    owner.dispose()
