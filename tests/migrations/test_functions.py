"""The database's functions and the `.sql` files: one is the other, whatever stood there before."""

import re
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Connection, Engine, create_engine, text

from service.infra.functions import HEADER, PACKAGE, create_functions, function_files, with_lock_numbers
from service.infra.locks import AdvisoryLock
from service.infra.migrate import alembic_config, migrate
from service.local.stack import Addresses
from tests.conftest import new_database

FILES = sorted(PACKAGE.rglob("sql/*.sql"))
BODY = re.compile(r"AS \$\$(.*)\$\$;", re.DOTALL)
DEFINITIONS = """
SELECT oid::regprocedure::text, oid, pg_get_functiondef(oid), proacl::text
FROM pg_proc WHERE pronamespace = 'public'::regnamespace ORDER BY 1
"""


@pytest.fixture
def owner(stack: Addresses) -> Iterator[Engine]:
    """The owner of a migrated database."""
    url = new_database(stack, f"functions_{uuid.uuid4().hex[:8]}")
    migrate(url)
    owner = create_engine(url)
    yield owner
    owner.dispose()


def definitions(owner: Engine) -> list[tuple[object, ...]]:
    """Each function of the schema: its identity, number, whole definition and rights."""
    with owner.connect() as connection:
        return [tuple(row) for row in connection.execute(text(DEFINITIONS))]


def bodies(connection: Connection) -> dict[str, str]:
    """The body of each function of the schema by its name."""
    query = "SELECT proname, prosrc FROM pg_proc WHERE pronamespace = 'public'::regnamespace"
    return {row.proname: row.prosrc for row in connection.execute(text(query))}


def migrate_again(owner: Engine) -> None:
    """As a replica that starts does."""
    migrate(owner.url.render_as_string(hide_password=False))


def test_every_function_is_that_of_its_file_and_there_is_no_other(owner: Engine) -> None:
    """The file bears the function's name and holds its body, letter by letter."""
    wanted = {
        file.stem: body.group(1)
        for file in FILES
        if (body := BODY.search(with_lock_numbers(file.read_text()))) is not None
    }
    with owner.connect() as connection:
        assert bodies(connection) == wanted
    assert {signature.name for signature in function_files()} == set(wanted)


def test_running_the_files_again_changes_nothing_at_all(owner: Engine) -> None:
    """Nor the numbers by which prepared statements of running workers know the functions."""
    before = definitions(owner)
    with owner.begin() as connection:
        create_functions(connection)
    migrate_again(owner)
    assert definitions(owner) == before


CHANGES = {
    "one of no file": "CREATE FUNCTION queue_place(uuid) RETURNS bigint LANGUAGE sql AS 'SELECT 1::bigint'",
    "other parameters beside": "CREATE FUNCTION claim_job(text) RETURNS uuid LANGUAGE sql AS 'SELECT NULL::uuid'",
    "another result": """
        DROP FUNCTION claim_job;
        CREATE FUNCTION claim_job(claimer text, lease_seconds double precision, warm text[]) RETURNS uuid
        LANGUAGE sql AS 'SELECT NULL::uuid'
    """,
    "another body": """
        CREATE OR REPLACE FUNCTION lowest_active_share() RETURNS double precision LANGUAGE sql AS 'SELECT 7.0::float8'
    """,
    "other rights": "GRANT EXECUTE ON FUNCTION tenant_of_key TO PUBLIC",
    "missing": "DROP FUNCTION may_start",
}


@pytest.mark.parametrize("change", list(CHANGES.values()), ids=list(CHANGES))
def test_whatever_stood_there_the_files_win(owner: Engine, change: str) -> None:
    """An older version's functions are dropped or replaced."""
    before = definitions(owner)
    with owner.begin() as connection:
        connection.exec_driver_sql(change)
    assert definitions(owner) != before
    migrate_again(owner)
    assert without_numbers(definitions(owner)) == without_numbers(before)


def without_numbers(rows: list[tuple[object, ...]]) -> list[tuple[object, ...]]:
    """What is the same of a function that was dropped and made again."""
    return [(identity, definition, rights) for identity, _, definition, rights in rows]


def test_what_an_extension_or_another_role_brought_stays(owner: Engine) -> None:
    """It is not ours to drop."""
    role = f"admin_{uuid.uuid4().hex[:8]}"
    with owner.begin() as connection:
        connection.exec_driver_sql(
            f"CREATE ROLE {role}; CREATE FUNCTION theirs() RETURNS int LANGUAGE sql AS 'SELECT 1'; "
            f"ALTER FUNCTION theirs() OWNER TO {role}"
        )
    migrate_again(owner)
    with owner.begin() as connection:
        assert connection.scalar(text("SELECT theirs()")) == 1
        connection.exec_driver_sql(f"DROP FUNCTION theirs(); DROP ROLE {role}")


def test_no_migration_names_a_function(owner: Engine) -> None:
    """A migration that did would load today's text into yesterday's schema, or yesterday's text over today's."""
    folder = Path(alembic_config().get_main_option("script_location") or "") / "versions"
    migrations = [file.read_text() for file in folder.glob("*.py")]
    assert len(migrations) >= 5
    assert not [one for one in migrations if re.search(r"(CREATE|REPLACE|DROP|ALTER) FUNCTION", one)]


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_a_file_that_creates_a_function_is_found_by_its_header(file: Path) -> None:
    """One function a file, of the file's name; other files hold statements."""
    created = re.findall(r"^\s*CREATE\b.*", file.read_text(), re.MULTILINE)
    found = HEADER.search(file.read_text())
    assert len(created) == (found is not None)
    assert found is None or found.group(1) == file.stem


def test_a_lock_of_a_file_is_the_one_of_its_name() -> None:
    """The number stands in one place, and the files name it."""
    claim = next(text for signature, text in function_files().items() if signature.name == "claim_job")
    assert f"pg_advisory_xact_lock({AdvisoryLock.CLAIM.value})" in claim
    assert not [file for file in FILES if re.search(r"pg_advisory_\w*lock\(\s*\d", file.read_text())]


PLAN = """
EXPLAIN SELECT * FROM jobs j
WHERE j.tenant_id = '00000000-0000-0000-0000-000000000000' AND may_start(j, 'worker', now())
ORDER BY j.urgent_at, j.id LIMIT 1
"""


def test_the_planner_sees_through_may_start_to_the_index_of_waiting_jobs(owner: Engine) -> None:
    """A call that it did not replace by its body would read every job that the tenant ever had."""
    with owner.connect() as connection:
        plan = "\n".join(connection.scalars(text(PLAN)))
    assert "jobs_waiting_idx" in plan
    assert "may_start" not in plan
