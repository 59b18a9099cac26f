from uuid import uuid4

import pytest
from sqlalchemy import event, update

from service import bases
from service.bases import BaseCatalog, Manifest
from service.errors import BaseRetired, UnknownBase
from service.infra.database import Database
from service.tables import BaseRevision


def manifest(letter: str) -> Manifest:
    """Of weights that the letter stands for."""
    return Manifest(fingerprint="svd1-" + letter * 64, resolution=64)


@pytest.fixture
def name(database: Database) -> str:
    """A base with two revisions, of different weights."""
    name = f"base-{uuid4().hex[:8]}"
    bases.register(database, name, "/old", manifest("a"))
    bases.register(database, name, "/new", manifest("b"))
    return name


def test_it_answers_what_the_bases_do(database: Database, name: str) -> None:
    """The newest by its name; an older one by its weights; the documented errors for what is not there."""
    with database.app() as session:
        catalog = BaseCatalog(session)
        assert catalog.get(name) == catalog.get_including_retired(name) == bases.get(session, name)
        for letter in "ab":
            fingerprint = manifest(letter).fingerprint
            assert catalog.get_pinned(name, fingerprint) == bases.get_pinned(session, name, fingerprint)
        with pytest.raises(UnknownBase):
            catalog.get("nothing")
        with pytest.raises(BaseRetired):
            catalog.get_pinned(name, manifest("c").fingerprint)


def test_a_retired_base_is_found_and_not_current(database: Database, name: str) -> None:
    """As a shift that was trained on it needs to know."""
    with database.engine() as session:
        session.execute(
            update(BaseRevision).where(BaseRevision.name == name).values(retired_at=BaseRevision.created_at)
        )
    with database.app() as session:
        catalog = BaseCatalog(session)
        assert catalog.get_including_retired(name).retired
        with pytest.raises(BaseRetired):
            catalog.get(name)


def test_nothing_is_read_twice(database: Database, name: str) -> None:
    """One statement for each of three look-ups, however often: also for what is not served."""
    statements: list[str] = []
    with database.app() as session:
        catalog = BaseCatalog(session)
        event.listen(session.connection(), "before_cursor_execute", lambda *call: statements.append(call[2]))
        for _ in range(3):
            catalog.get(name)
            catalog.get_pinned(name, manifest("a").fingerprint)
            with pytest.raises(BaseRetired):
                catalog.get_pinned(name, manifest("c").fingerprint)
    assert len(statements) == 3
