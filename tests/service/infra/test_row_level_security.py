"""No query of these tests has a tenant filter: what they do not see, the database keeps from them."""

from collections.abc import Callable
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import CursorResult, Table, create_engine, delete, func, insert, select, text, update
from sqlalchemy.exc import ProgrammingError
from sqlalchemy.orm import Session

from service.ids import new_id
from service.infra.database import Database
from service.settings import Settings
from service.tables import Table as Root
from tests.conftest import Customer

OWNED = sorted(table.name for table in Root.metadata.tables.values() if "tenant_id" in table.columns)
DEPLOYMENTS = {"bases", "pending_deletions", "prior_sets", "workers"}  # belong to no tenant


def table(name: str) -> Table:
    """The table of this name."""
    return Root.metadata.tables[name]


def example(tenant_id: UUID) -> dict[str, dict[str, Any]]:
    """A row of the tenant for every table that tenants own, in the order of their references."""
    job, artifact, batch, shift, word = new_id(), new_id(), new_id(), new_id(), uuid4().hex
    webhook, delivery = new_id(), new_id()
    owned = {"tenant_id": tenant_id}
    return {
        "api_keys": owned | {"id": new_id(), "name": word, "digest": word.encode()},
        "tenant_loads": owned | {"max_running": 1, "max_pending": 1, "max_batch_pending": 1},
        "idempotency_keys": owned
        | {"method": "POST", "route": "/", "key": word, "fingerprint": "f", "status": 201, "resource_id": new_id()},
        "batches": owned | {"id": batch, "lines": 1, "sha256": "s"},
        "jobs": owned
        | {"id": job, "kind": "generation", "state": "canceled", "spec": {}, "fingerprint": "f", "steps": 1}
        | {"estimate_seconds": 0.0},
        "job_events": owned | {"job_id": job, "seq": 1, "type": "queued", "data": {}},
        "job_dependencies": owned | {"job_id": job, "needs_id": job},
        "job_inputs": owned | {"job_id": job, "input_id": new_id()},
        "usage": owned | {"job_id": job, "kind": "generation", "device_seconds": 1.0},
        "artifacts": owned
        | {"id": artifact, "kind": "upload", "object_key": word, "media_type": "x/y", "bytes": 1, "sha256": "s"}
        | {"details": {}},
        "images": owned | {"id": new_id(), "artifact_id": artifact, "sha256": "s", "width": 1, "height": 1},
        "shifts": owned
        | {"id": shift, "artifact_id": artifact, "name": "n", "base_name": "b", "fingerprint": "f", "words": {}},
        "edit_shifts": owned | {"key": word, "shift_id": shift},
        "webhook_endpoints": owned
        | {"id": webhook, "url": "https://example.com/", "events": ["job.failed"], "description": "", "secret": word},
        "webhook_deliveries": owned
        | {"id": delivery, "endpoint_id": webhook, "type": "ping", "payload": {}, "state": "pending"},
        "webhook_attempts": owned | {"delivery_id": delivery, "number": 1, "milliseconds": 1},
    }


@pytest.fixture
def rows(database: Database, alice: Customer) -> dict[str, dict[str, Any]]:
    """A row of Alice's in every table that tenants own; her load was there already."""
    rows = example(alice.id)
    with database.tenant(alice.id) as scope:
        for name, row in rows.items():
            if name != "tenant_loads":
                scope.session.execute(insert(table(name)).values(row))
    return rows


def count_rows(session: Session, name: str, tenant_id: UUID) -> tuple[int, int]:
    """How many rows a query without a filter finds, and how many of them are the tenant's."""
    mine = func.count().filter(table(name).c.tenant_id == tenant_id)
    row = session.execute(select(func.count(), mine).select_from(table(name))).one()
    return row[0], row[1]


def test_the_examples_are_all_tables_that_tenants_own() -> None:
    """A new table must be added to them, and is then tested by all that follows."""
    assert set(example(uuid4())) == set(OWNED)


def test_every_table_is_a_tenants_or_known_as_the_deployments() -> None:
    """Whoever adds a table decides whose it is."""
    assert set(Root.metadata.tables) == set(OWNED) | DEPLOYMENTS | {"tenants"}


@pytest.mark.parametrize("name", [*OWNED, "tenants"])
def test_row_level_security_is_enabled_and_forced(database: Database, name: str) -> None:
    """So that not even the owner reads past it by mistake."""
    query = text("SELECT relrowsecurity, relforcerowsecurity FROM pg_class WHERE oid = to_regclass(:name)")
    with database.app() as session:
        assert session.execute(query, {"name": name}).one() == (True, True)


UNPROTECTED = text(
    "SELECT DISTINCT c.relname FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid "
    "WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND a.attname = 'tenant_id' "
    "AND NOT (c.relrowsecurity AND c.relforcerowsecurity)"
)


def test_no_table_with_a_tenant_is_without_row_level_security(settings: Settings) -> None:
    """Read from the database itself; a table that somebody adds and forgets to protect is found."""
    assert settings.database_url
    owner = create_engine(settings.database_url.get_secret_value())
    with owner.connect() as connection:
        assert connection.scalars(UNPROTECTED).all() == []
        connection.execute(text("CREATE TABLE forgotten (tenant_id uuid)"))
        connection.execute(text("ALTER TABLE forgotten ENABLE ROW LEVEL SECURITY"))
        assert connection.scalars(UNPROTECTED).all() == ["forgotten"]
        connection.rollback()
    owner.dispose()


@pytest.mark.parametrize("name", OWNED)
def test_a_tenant_sees_its_own_rows_and_no_others(
    database: Database, rows: dict[str, dict[str, Any]], alice: Customer, bob: Customer, name: str
) -> None:
    """With no filter in the query."""
    with database.tenant(alice.id) as scope:
        found, mine = count_rows(scope.session, name, alice.id)
    assert found == mine >= 1
    with database.tenant(bob.id) as scope:
        found, hers = count_rows(scope.session, name, alice.id)
        his = count_rows(scope.session, name, bob.id)[1]
    assert (found, hers) == (his, 0)


@pytest.mark.parametrize("name", OWNED)
def test_a_session_without_a_tenant_sees_nothing(
    database: Database, rows: dict[str, dict[str, Any]], alice: Customer, name: str
) -> None:
    """Also on a pooled connection that had a tenant in its last transaction."""
    with database.tenant(alice.id):
        pass
    with database.app() as session:
        assert count_rows(session, name, alice.id) == (0, 0)


@pytest.mark.parametrize("name", OWNED)
def test_no_row_can_be_written_for_another_tenant(
    database: Database, alice: Customer, bob: Customer, name: str
) -> None:
    """Bob inserts with Alice's id: refused by the policy, whatever the row."""
    row = example(alice.id)[name]
    with pytest.raises(ProgrammingError, match="row-level security"), database.tenant(bob.id) as scope:
        scope.session.execute(insert(table(name)).values(row))


@pytest.mark.parametrize("change", [update, delete])
@pytest.mark.parametrize("name", OWNED)
def test_another_tenants_rows_can_be_neither_changed_nor_deleted(
    database: Database,
    rows: dict[str, dict[str, Any]],
    alice: Customer,
    bob: Customer,
    name: str,
    change: Callable[[Table], Any],
) -> None:
    """Bob names them exactly, and hits none."""
    statement = change(table(name)).where(table(name).c.tenant_id == alice.id)
    if change is update:
        statement = statement.values(tenant_id=bob.id)
    with database.tenant(bob.id) as scope:
        result = scope.session.execute(statement)
        assert isinstance(result, CursorResult)
        assert result.rowcount == 0


@pytest.mark.parametrize("name", OWNED)
def test_no_row_can_be_given_away(
    database: Database, rows: dict[str, dict[str, Any]], alice: Customer, bob: Customer, name: str
) -> None:
    """Alice cannot plant a row in Bob's scope."""
    with pytest.raises(ProgrammingError, match="row-level security"), database.tenant(alice.id) as scope:
        scope.session.execute(update(table(name)).values(tenant_id=bob.id))


def test_a_tenant_sees_of_tenants_itself_alone(database: Database, alice: Customer, bob: Customer) -> None:
    """And can neither add nor rename one."""
    tenants = table("tenants")
    with database.tenant(alice.id) as scope:
        assert scope.session.scalars(select(tenants.c.id)).all() == [alice.id]
    with database.app() as session:
        assert session.scalars(select(tenants.c.id)).all() == []
    for statement in (insert(tenants).values(id=new_id(), name="mallory"), update(tenants).values(name="mallory")):
        with pytest.raises(ProgrammingError, match="permission denied"), database.tenant(alice.id) as scope:
            scope.session.execute(statement)


@pytest.mark.parametrize("name", ["pending_deletions", "prior_sets"])
def test_what_is_the_deployments_is_read_by_no_tenant(database: Database, alice: Customer, name: str) -> None:
    """Keys of objects of all tenants, and priors."""
    with pytest.raises(ProgrammingError, match="permission denied"), database.tenant(alice.id) as scope:
        scope.session.execute(select(table(name)))


def break_off(database: Database, customer: Customer) -> None:
    """A transaction of the tenant's that fails."""
    with database.tenant(customer.id):
        raise ZeroDivisionError


def test_a_tenant_ends_with_its_transaction_though_that_fails(database: Database, alice: Customer) -> None:
    """The connection goes back to the pool with no tenant on it."""
    with pytest.raises(ZeroDivisionError):
        break_off(database, alice)
    with database.app() as session:
        assert session.scalar(text("SELECT NULLIF(current_setting('app.tenant', true), '')")) is None


@pytest.mark.parametrize("name", ["api_keys", "images", "shifts", "job_inputs"])
def test_the_engine_does_not_read_what_it_does_not_schedule(database: Database, name: str) -> None:
    """Neither keys nor pictures."""
    with pytest.raises(ProgrammingError, match="permission denied"), database.engine() as session:
        session.execute(select(table(name)))
