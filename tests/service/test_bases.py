import uuid
from functools import partial

import pytest

from service import bases
from service.bases import GenerationRecipe, Manifest
from service.errors import BaseRetired, UnknownBase
from service.infra.database import Database
from tests.service.base_revisions import retire
from tests.service.jobs.together import together


@pytest.fixture
def name() -> str:
    """A base that nobody has registered."""
    return f"base-{uuid.uuid4().hex[:8]}"


def manifest(letter: str = "a", steps: int = 50) -> Manifest:
    """Of weights that the letter stands for."""
    return Manifest(fingerprint="svd1-" + letter * 64, generation=GenerationRecipe(steps=steps))


def test_a_name_points_to_its_newest_revision(database: Database, name: str) -> None:
    """And the older stays reachable by its fingerprint."""
    bases.register(database, name, "/a", manifest("a"))
    bases.register(database, name, "/b", manifest("b"))
    with database.app() as session:
        assert (bases.get(session, name).revision, bases.get(session, name).source) == (2, "/b")
        assert bases.get_pinned(session, name, manifest("a").fingerprint).source == "/a"
        assert [ref.revision for ref in bases.list_newest(session) if ref.name == name] == [2]


def test_registering_the_same_again_is_no_new_revision(database: Database, name: str) -> None:
    """Every start of the service registers what ships."""
    refs = [bases.register(database, name, "/a", manifest("a")) for _ in range(3)]
    assert [ref.revision for ref in refs] == [1, 1, 1]


def test_another_recipe_for_the_same_weights_is_a_new_revision(database: Database, name: str) -> None:
    """Shifts of the first go on working: the fingerprint is the same, and the newest recipe counts."""
    bases.register(database, name, "/a", manifest("a", steps=50))
    assert bases.register(database, name, "/a", manifest("a", steps=20)).revision == 2
    with database.app() as session:
        assert bases.get_pinned(session, name, manifest("a").fingerprint).manifest.generation.steps == 20


def test_many_that_register_at_the_same_moment_make_one_revision(database: Database, name: str) -> None:
    """Two processes start at once; neither fails."""
    refs = together([lambda: bases.register(database, name, "/a", manifest("a"))] * 6)
    assert {ref.revision for ref in refs} == {1}


def test_different_weights_at_the_same_moment_are_numbered_without_a_gap(database: Database, name: str) -> None:
    """One of them is the current one."""
    refs = together([partial(bases.register, database, name, "/x", manifest(letter)) for letter in "abcdef"])
    assert sorted(ref.revision for ref in refs) == [1, 2, 3, 4, 5, 6]
    with database.app() as session:
        assert bases.get(session, name).revision == 6


def test_an_unknown_name_is_told_with_a_pointer(database: Database, name: str) -> None:
    """As a fault in the request's field."""
    with pytest.raises(UnknownBase) as unknown, database.app() as session:
        bases.get(session, name)
    assert unknown.value.problems[0].pointer == "/base"


def test_a_retired_revision_is_told_and_not_served(database: Database, name: str) -> None:
    """The older of two; then the newest, which takes the name with it."""
    bases.register(database, name, "/a", manifest("a"))
    bases.register(database, name, "/b", manifest("b"))
    retire(database, name, 1)
    with database.app() as session:
        assert bases.get(session, name).revision == 2
        with pytest.raises(BaseRetired):
            bases.get_pinned(session, name, manifest("a").fingerprint)
        with pytest.raises(BaseRetired):
            bases.get_pinned(session, name, manifest("c").fingerprint)
    retire(database, name, 2)
    with pytest.raises(BaseRetired), database.app() as session:
        bases.get(session, name)
