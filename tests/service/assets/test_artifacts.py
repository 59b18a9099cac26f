from uuid import UUID

import httpx
import pytest
from sqlalchemy import delete, select

from service.assets import artifacts
from service.errors import Unavailable
from service.infra.database import Database
from service.infra.object_store import ObjectMissing, ObjectStore
from service.settings import Settings
from service.tables import PendingDeletion
from tests.conftest import Customer
from tests.service.jobs.together import together


@pytest.fixture(autouse=True)
def no_pending_deletions(database: Database) -> None:
    """What other tests have discarded is not collected here."""
    with database.engine() as session:
        session.execute(delete(PendingDeletion))


def put(database: Database, store: ObjectStore, customer: Customer, data: bytes = b"bytes") -> tuple[UUID, str]:
    """An artifact with its row: id and key."""
    stored = artifacts.upload(store, customer.id, "test", kind="upload", data=data, media_type="text/plain")
    with database.tenant(customer.id) as scope:
        artifacts.record(scope, stored)
    return stored.id, stored.key


def discard(database: Database, customer: Customer, artifact_id: UUID) -> None:
    """Delete the row, and mark the object for deletion."""
    with database.tenant(customer.id) as scope:
        row = artifacts.get(scope, artifact_id)
        assert row is not None
        artifacts.discard(scope, row)


def pending_deletions(database: Database) -> list[str]:
    """What upkeep is to delete."""
    with database.engine() as session:
        return list(session.scalars(select(PendingDeletion.object_key)))


def test_an_artifact_is_its_bytes_and_what_is_known_of_them(
    database: Database, store: ObjectStore, alice: Customer
) -> None:
    """Under a key of the tenant's, with length and sha256."""
    artifact_id, key = put(database, store, alice, b"four")
    with database.tenant(alice.id) as scope:
        row = artifacts.get(scope, artifact_id)
    assert row is not None
    assert (row.bytes, row.media_type, row.object_key) == (4, "text/plain", key)
    assert row.sha256 == "04efaf080f5a3e74e1c29d1ca6a48569382cbbcd324e8d59d2b83ef21c039f00"
    assert key.startswith(f"tenants/{alice.id.hex}/")
    assert store.get(key) == b"four"


def test_a_discarded_artifact_is_gone_at_once_and_its_object_soon(
    database: Database, store: ObjectStore, alice: Customer
) -> None:
    """The row in this transaction, the object when upkeep comes."""
    artifact_id, key = put(database, store, alice)
    discard(database, alice, artifact_id)
    with database.tenant(alice.id) as scope:
        assert artifacts.get(scope, artifact_id) is None
    assert store.get(key) == b"bytes"
    assert artifacts.delete_marked_objects(database, store) == 1
    with pytest.raises(ObjectMissing):
        store.get(key)
    assert (artifacts.delete_marked_objects(database, store), pending_deletions(database)) == (0, [])


def discard_and_fail(database: Database, customer: Customer, artifact_id: UUID) -> None:
    """A transaction that is rolled back after it discarded."""
    with database.tenant(customer.id) as scope:
        row = artifacts.get(scope, artifact_id)
        assert row is not None
        artifacts.discard(scope, row)
        raise ZeroDivisionError


def test_nothing_is_marked_for_deletion_by_a_transaction_that_fails(
    database: Database, store: ObjectStore, alice: Customer
) -> None:
    """Row and object both stay."""
    artifact_id, key = put(database, store, alice)
    with pytest.raises(ZeroDivisionError):
        discard_and_fail(database, alice, artifact_id)
    assert pending_deletions(database) == []
    assert store.get(key) == b"bytes"


def test_two_collectors_delete_each_object_once(database: Database, store: ObjectStore, alice: Customer) -> None:
    """They share the work; neither waits for the other or fails."""
    made = [put(database, store, alice) for _ in range(12)]
    for artifact_id, _ in made:
        discard(database, alice, artifact_id)
    counts = together([lambda: artifacts.delete_marked_objects(database, store, limit=6)] * 2)
    while more := artifacts.delete_marked_objects(database, store):
        counts.append(more)
    assert sum(counts) == 12
    for _, key in made:
        with pytest.raises(ObjectMissing):
            store.get(key)


def test_what_the_store_does_not_delete_stays_marked(
    database: Database, store: ObjectStore, settings: Settings, alice: Customer
) -> None:
    """A store that is down costs time, not objects that nobody knows of."""
    artifact_id, key = put(database, store, alice)
    discard(database, alice, artifact_id)
    away = ObjectStore(settings.model_copy(update={"s3_endpoint": "http://127.0.0.1:1"}))
    with pytest.raises(Unavailable):
        artifacts.delete_marked_objects(database, away)
    assert pending_deletions(database) == [key]


def test_marking_twice_is_marking_once(database: Database, alice: Customer) -> None:
    """A repeated call is no error."""
    with database.tenant(alice.id) as scope:
        artifacts.mark_for_deletion(scope, "twice")
        artifacts.mark_for_deletion(scope, "twice")
    assert pending_deletions(database) == ["twice"]


def test_a_store_that_is_down_is_told_as_unavailable(settings: Settings) -> None:
    """By every call, and within seconds."""
    away = ObjectStore(settings.model_copy(update={"s3_endpoint": "http://127.0.0.1:1"}))
    for call in (away.ping, lambda: away.get("k"), lambda: away.put("k", b"", "x/y"), lambda: away.delete("k")):
        with pytest.raises(Unavailable):
            call()


def test_a_link_works_without_a_key_of_ours_and_for_one_object(store: ObjectStore) -> None:
    """It is signed for this object: another's URL with the same signature is refused."""
    for key in ("links/one", "links/two"):
        store.put(key, key.encode(), "text/plain")
    link = store.link("links/one")
    answer = httpx.get(link)
    assert (answer.status_code, answer.content) == (200, b"links/one")
    assert httpx.get(link.replace("links/one", "links/two")).status_code == 403
    assert httpx.get(link.partition("?")[0]).status_code == 403


def test_links_name_the_public_endpoint(settings: Settings) -> None:
    """The internal one may be unreachable for clients."""
    public = ObjectStore(settings.model_copy(update={"s3_public_endpoint": "https://files.example.com"}))
    assert public.link("a").startswith("https://files.example.com/svdiff/a?")
