"""What a released version stored is good today: its database, its jobs, its files, and its running workers.

A recording is what `python -m tests.upgrades.record` wrote under that version. It is never changed afterwards.
"""

import uuid
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from alembic import command
from sqlalchemy import Connection, Engine, create_engine, select, text

from service import tenants
from service.assets import edit_shifts, shifts
from service.bases import Manifest
from service.enums import JobState
from service.ids import from_wire
from service.infra.database import Database
from service.infra.functions import function_files
from service.infra.migrate import alembic_config, migrate
from service.jobs import commands, queries
from service.jobs.specs import EDIT, FINE_TUNE, GENERATION, EditSpec, FineTuneSpec, GenerationSpec, Spec
from service.local.stack import Addresses
from service.settings import Settings
from service.tables import BaseRevision, Job
from svdiff_core.base import load_base
from svdiff_core.shift.file import check_base, load
from tests.conftest import Customer, new_database, settings_for
from tests.migrations.test_functions import definitions
from tests.upgrades import catalog
from tests.upgrades.catalog import Catalog
from tests.upgrades.recording import Recording, recordings
from tests.worker.conftest import Shop
from tests.worker.test_jobs_end_to_end import pictures

SPECS: dict[str, type[Spec]] = {FINE_TUNE: FineTuneSpec, GENERATION: GenerationSpec, EDIT: EditSpec}
LIKE = 8  # of 255: how far another processor's arithmetic may carry a pixel


@dataclass(frozen=True)
class Upgraded:
    """A recorded service under today's code."""

    recording: Recording
    before: Catalog  # of the schema as it was recorded
    owner: Engine
    shop: Shop

    def jobs(self) -> list[Job]:
        """All of the tenant's."""
        with self.shop.database.engine() as session:
            return list(session.scalars(select(Job).order_by(Job.id)))

    def job(self, wire_id: str) -> Job:
        """One of them."""
        return next(job for job in self.jobs() if job.id == from_wire("job", wire_id))


@pytest.fixture(scope="module", params=recordings(), ids=lambda recording: recording.folder.name)
def upgraded(
    request: pytest.FixtureRequest,
    stack: Addresses,
    settings: Settings,  # its database made the roles, which belong to the whole cluster
    tiny_pipeline: Path,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Upgraded]:
    """The recording in a new database and in the store, migrated, with the tiny base where it is today."""
    recording: Recording = request.param
    url = new_database(stack, f"upgrade_{uuid.uuid4().hex[:8]}")
    owner = create_engine(url)
    recording.load_schema(url)
    with owner.connect() as connection:
        before = catalog.read(connection)
    recording.load_data(url)
    migrate(url)
    with owner.begin() as connection:
        connection.execute(text("UPDATE bases SET source = :folder"), {"folder": str(tiny_pipeline)})
    today = settings_for(stack, url, tmp_path_factory.mktemp("factors"))
    with closing(Database.from_settings(today)) as database:
        facts = recording.facts
        shop = Shop(today, database, Customer(uuid.UUID(facts.tenant), "", facts.key))
        recording.put_objects(shop.store)
        yield Upgraded(recording, before, owner, shop)
        shop.notifier.close()
    owner.dispose()


def test_there_is_a_recording() -> None:
    """Or this file would prove nothing."""
    assert recordings()


def test_the_schema_becomes_todays(upgraded: Upgraded, settings: Settings) -> None:
    """`alembic check` finds nothing to add, and the functions are those that a new database has."""
    with upgraded.owner.begin() as connection:
        command.check(alembic_config(connection))
    assert settings.database_url
    new = create_engine(settings.database_url.get_secret_value())
    names = {str(identity): (body, rights) for identity, _, body, rights in definitions(new)}
    assert {str(identity): (body, rights) for identity, _, body, rights in definitions(upgraded.owner)} == names
    assert len(names) == len(function_files())
    new.dispose()


def test_statements_of_that_versions_workers_still_work(upgraded: Upgraded) -> None:
    """Each function, column, right and unique key that they name is there; no column asks for more than they give."""
    assert len(upgraded.before.functions) >= 1
    with upgraded.owner.connect() as connection:
        assert not list(catalog.breaks(upgraded.before, catalog.read(connection)))


def test_the_key_still_opens(upgraded: Upgraded) -> None:
    """A client notices nothing."""
    with upgraded.shop.database.app() as session:
        assert tenants.authenticate(session, upgraded.recording.facts.key).tenant_id == upgraded.shop.customer.id


def test_every_stored_document_means_what_it_meant(upgraded: Upgraded) -> None:
    """Specs and manifests are valid, and nothing that they say is lost; what is new has a default."""
    jobs = upgraded.jobs()
    assert {job.kind for job in jobs} == set(SPECS)
    for job in jobs:
        assert contains(SPECS[job.kind].model_validate(job.spec).document(), job.spec)
    with upgraded.shop.database.engine() as session:
        documents = session.scalars(select(BaseRevision.manifest)).all()
    for document in documents:
        assert contains(Manifest.model_validate(document).model_dump(mode="json"), document)
    assert documents


def contains(today: Any, stored: Any) -> bool:
    """Whether a document says all that the stored one says."""
    if isinstance(stored, dict):
        return all(key in today and contains(today[key], value) for key, value in stored.items())
    if isinstance(stored, list):
        return len(today) == len(stored) and all(map(contains, today, stored))
    return bool(today == stored)


def test_a_later_edit_of_a_picture_finds_the_recorded_shift(upgraded: Upgraded) -> None:
    """Its key is a hash of the spec, which a new parameter must not change where it has its default."""
    edit = next(job for job in upgraded.jobs() if job.kind == EDIT and (job.result or {}).get("shift", {})["trained"])
    with upgraded.shop.database.tenant(upgraded.shop.customer.id) as scope:
        found = edit_shifts.find(scope, EditSpec.model_validate(edit.spec).key)
    assert found is not None
    assert found.id == from_wire("shf", (edit.result or {})["shift"]["id"])


def test_the_base_has_the_fingerprint_that_it_had(upgraded: Upgraded, tiny_pipeline: Path, tmp_path: Path) -> None:
    """Shifts find their base by it."""
    assert load_base(str(tiny_pipeline), factors_dir=tmp_path).fingerprint == upgraded.recording.facts.fingerprint


def test_todays_worker_ends_every_recorded_job(upgraded: Upgraded) -> None:
    """What was in the queue, what waited for another line, and what was paused, from the step where it was."""
    shop, facts = upgraded.shop, upgraded.recording.facts
    paused = upgraded.job(facts.paused)
    with shop.database.tenant(shop.customer.id) as scope:
        assert commands.resume(scope, paused.id).state == "queued"
    shop.slot().run_until_idle()
    assert [(job.kind, job.error) for job in upgraded.jobs() if job.state != JobState.SUCCEEDED] == []
    then, now = (pixels(shop, upgraded.job(wire_id)) for wire_id in (facts.sampled, facts.waiting_twin))
    np.testing.assert_allclose(now, then, atol=LIKE)
    with shop.database.engine() as session:
        events = queries.list_events_after(session, {paused.id: 0})
    steps = [event.data["step"] for event in events if event.data.get("phase") == "training"]
    assert steps.count(1) == 1, "it began anew"
    assert max(steps) == paused.steps > facts.paused_at


def test_the_recorded_shift_makes_the_picture_that_it_made(upgraded: Upgraded) -> None:
    """The file loads, belongs to the base, and a generation asked for today looks as the one of then."""
    shop, facts = upgraded.shop, upgraded.recording.facts
    with shop.database.tenant(shop.customer.id) as scope:
        row = shifts.get(scope, from_wire("shf", facts.shift))
        key = shifts.get_file(scope, row).object_key
    check_base(load(shop.store.get(key)), facts.fingerprint)
    job = shop.generation(((facts.shift, 1.0),))
    plain = shop.generation()
    shop.slot().run_until_idle()
    then, now, bare = (pixels(shop, one) for one in (upgraded.job(facts.sampled), shop.job(job), shop.job(plain)))
    np.testing.assert_allclose(now, then, atol=LIKE)
    assert np.abs(bare - then).max() > LIKE, "the shift changed nothing"


def pixels(shop: Shop, job: Job) -> np.ndarray[Any, np.dtype[np.int16]]:
    """Those of a generation's pictures, one after the other."""
    return np.stack([np.asarray(picture, dtype=np.int16) for picture in pictures(shop, job)])


CHANGES = {
    "a function is gone": "DROP FUNCTION lowest_active_share",
    "a function has another parameter": """
        DROP FUNCTION queue_position;
        CREATE FUNCTION queue_position(uuid, int DEFAULT 0) RETURNS bigint LANGUAGE sql AS 'SELECT 1::bigint'
    """,
    "a column is gone": "ALTER TABLE workers DROP COLUMN seen_at",
    "a column has another name": "ALTER TABLE workers RENAME seen_at TO noticed_at",
    "a column has another type": "ALTER TABLE usage ALTER device_seconds TYPE numeric",
    "a table is gone": "DROP TABLE workers",
    "a new column needs a value": "ALTER TABLE workers ADD size int NOT NULL",
    "an old column needs a value": "ALTER TABLE workers ALTER seen_at DROP DEFAULT",
    "a right is gone": "REVOKE UPDATE ON workers FROM svdiff_engine",
    "a conflict cannot be named": "ALTER TABLE prior_sets DROP CONSTRAINT prior_sets_pkey",
}
ADDITIONS = {
    "a function": "CREATE FUNCTION claim_job_2(text) RETURNS uuid LANGUAGE sql AS 'SELECT NULL::uuid'",
    "a column with a default": "ALTER TABLE workers ADD size int NOT NULL DEFAULT 0",
    "a column that may be empty": "ALTER TABLE workers ADD size int",
    "a table": "CREATE TABLE later (id int NOT NULL)",
}


@pytest.fixture
def owner(settings: Settings) -> Iterator[Connection]:
    """The owner in a transaction that is rolled back."""
    assert settings.database_url
    engine = create_engine(settings.database_url.get_secret_value())
    with engine.connect() as connection:
        yield connection
        connection.rollback()
    engine.dispose()


def broken_by(owner: Connection, change: str) -> list[str]:
    """What running workers would stumble over."""
    before = catalog.read(owner)
    owner.exec_driver_sql(change)
    return list(catalog.breaks(before, catalog.read(owner)))


@pytest.mark.parametrize("change", list(CHANGES.values()), ids=list(CHANGES))
def test_a_change_under_running_workers_is_found(owner: Connection, change: str) -> None:
    """Each of the rules has teeth."""
    assert broken_by(owner, change)


@pytest.mark.parametrize("change", list(ADDITIONS.values()), ids=list(ADDITIONS))
def test_an_addition_is_allowed(owner: Connection, change: str) -> None:
    """A schema may grow."""
    assert not broken_by(owner, change)
