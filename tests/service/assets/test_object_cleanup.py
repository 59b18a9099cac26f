from typing import Any

import pytest
from sqlalchemy import create_engine, text

from service.assets import artifacts, orphans
from service.assets.expiry import expire_results
from service.ids import to_wire
from service.infra.database import Database
from service.infra.object_store import ObjectMissing, ObjectStore, create_client
from service.settings import Settings
from service.tables import Job
from tests.conftest import Customer


@pytest.fixture
def own(settings: Settings) -> Settings:
    """A bucket that no other test puts anything in, and no age that saves an orphan."""
    own = settings.model_copy(update={"s3_bucket": "svdiff-orphans", "orphan_age_seconds": -60.0})
    create_client(own, own.s3_endpoint).create_bucket(Bucket=own.s3_bucket)
    return own


def test_objects_without_a_row_are_collected_and_all_others_stay(
    database: Database, own: Settings, alice: Customer
) -> None:
    """An upload whose commit failed goes; what has a row, or is marked already, is left to those who know it."""
    store = ObjectStore(own)
    kept, orphan, marked = (
        artifacts.upload(store, alice.id, "test", kind="upload", data=b"x", media_type="text/plain") for _ in range(3)
    )
    with database.tenant(alice.id) as scope:
        artifacts.record(scope, kept)
        artifacts.mark_for_deletion(scope, marked.key)
    young = own.model_copy(update={"orphan_age_seconds": 60.0})
    assert orphans.delete_orphans(database, store, young) == 0
    assert orphans.delete_orphans(database, store, own) == 1
    assert store.get(kept.key) == store.get(marked.key) == b"x"
    with pytest.raises(ObjectMissing):
        store.get(orphan.key)


def made_job(database: Database, settings: Settings, customer: Customer, days: int) -> tuple[Any, str]:
    """A generation that ended so many days ago: its id, and the key of its picture."""
    store = ObjectStore(settings)
    stored = artifacts.upload(store, customer.id, "test", kind="picture", data=b"x", media_type="image/png")
    image = {"id": to_wire("pic", stored.id), "key": stored.key, "seed": 1, "width": 64, "height": 64}
    with database.tenant(customer.id) as scope:
        values = {"kind": "generation", "state": "succeeded", "spec": {}, "fingerprint": "f", "steps": 1}
        job = Job(tenant_id=customer.id, estimate_seconds=0.0, result={"images": [image]}, **values)
        scope.session.add(job)
        scope.session.flush()
        artifacts.record(scope, stored, job.id)
    assert settings.database_url
    owner = create_engine(settings.database_url.get_secret_value())
    with owner.begin() as connection:
        old = text("UPDATE artifacts SET created_at = now() - make_interval(days => :days) WHERE id = :id")
        connection.execute(old, {"days": days, "id": stored.id})
    owner.dispose()
    return job.id, stored.key


def test_pictures_past_their_time_are_discarded_and_their_jobs_say_so(
    database: Database, settings: Settings, alice: Customer
) -> None:
    """The job and its seed stay, so the picture can be made again; a younger one keeps its object."""
    old, old_key = made_job(database, settings, alice, 31)
    young, young_key = made_job(database, settings, alice, 29)
    assert expire_results(database, settings.model_copy(update={"result_retention_days": 0.0})) == 0
    assert expire_results(database, settings) == 1
    with database.tenant(alice.id) as scope:
        results = {job_id: scope.session.get_one(Job, job_id).result or {} for job_id in (old, young)}
    assert [(results[job]["images"][0]["key"], results[job]["images"][0]["seed"]) for job in (old, young)] == [
        (None, 1),
        (young_key, 1),
    ]
    artifacts.delete_marked_objects(database, ObjectStore(settings))
    with pytest.raises(ObjectMissing):
        ObjectStore(settings).get(old_key)
