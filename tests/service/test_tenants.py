import pytest
from sqlalchemy import func, select, update

from service import tenants
from service.errors import Unauthorized
from service.infra.database import Database
from service.settings import Settings
from service.tables import ApiKey, TenantRow
from service.tenants import TenantExists, UnknownTenant
from tests.conftest import Customer
from tests.service.jobs.together import together


def test_a_key_opens_its_tenants_scope(database: Database, alice: Customer, bob: Customer) -> None:
    """And no other's."""
    for customer in (alice, bob):
        with database.app() as session:
            scope = tenants.authenticate(session, customer.key)
            assert scope.tenant_id == customer.id
            assert session.scalars(select(TenantRow.name)).all() == [customer.name]


def test_no_other_text_is_a_key(database: Database, alice: Customer) -> None:
    """Neither a part of it, nor more, nor its hash, nor nothing."""
    for text in (
        alice.key.upper(),
        alice.key[:-1],
        alice.key + "A",
        tenants.key_digest(alice.key).hex(),
        "svdiff_é",
        "",
    ):
        with pytest.raises(Unauthorized), database.app() as session:
            tenants.authenticate(session, text)


def test_a_revoked_key_opens_nothing(database: Database, alice: Customer) -> None:
    """A second key of the tenant goes on working."""
    second = tenants.create_key(database, alice.name, "second")
    with database.tenant(alice.id) as scope:
        scope.session.execute(
            update(ApiKey).where(ApiKey.digest == tenants.key_digest(alice.key)).values(revoked_at=func.now())
        )
    with pytest.raises(Unauthorized), database.app() as session:
        tenants.authenticate(session, alice.key)
    with database.app() as session:
        assert tenants.authenticate(session, second).tenant_id == alice.id


def test_the_database_never_has_the_key(database: Database, alice: Customer) -> None:
    """Its SHA-256 alone: 32 bytes; and the key has 256 random bits."""
    with database.tenant(alice.id) as scope:
        digests = scope.session.scalars(select(ApiKey.digest)).all()
    assert [len(digest) for digest in digests] == [32]
    assert alice.key.encode() not in digests[0]
    assert len(alice.key.removeprefix(tenants.KEY_PREFIX)) == 43


def test_a_name_is_taken_once(database: Database, settings: Settings, alice: Customer) -> None:
    """Also by two that ask at the same moment: the loser is told so."""
    with pytest.raises(TenantExists, match=alice.name):
        tenants.create_tenant(database, settings, alice.name)

    def create() -> bool:
        try:
            tenants.create_tenant(database, settings, alice.name + "-twin")
        except TenantExists:
            return False
        return True

    assert sum(together([create] * 4)) == 1


def test_a_key_for_nobody_is_refused(database: Database) -> None:
    """With the name that was asked for."""
    with pytest.raises(UnknownTenant, match="nobody"):
        tenants.create_key(database, "nobody")


def test_limits_are_changed_one_by_one(database: Database, alice: Customer) -> None:
    """What is not named stays; a tenant that is not there is named."""
    before = tenants.set_limits(database, alice.name, {})
    after = tenants.set_limits(database, alice.name, {"weight": 2.5, "max_running": 7})
    assert after == before | {"weight": 2.5, "max_running": 7}
    assert tenants.set_limits(database, alice.name, {}) == after
    with pytest.raises(UnknownTenant):
        tenants.set_limits(database, "nobody", {})
