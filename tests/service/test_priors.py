import time
import uuid
from functools import partial

import pytest
from sqlalchemy import select

from service import priors
from service.database import Database
from service.priors import Making, Ready
from service.tables import DoomedObject
from tests.service.jobs.together import together


@pytest.fixture
def key() -> str:
    """A set that nobody has asked for yet."""
    return uuid.uuid4().hex


def test_one_of_many_makes_and_the_rest_wait(database: Database, key: str) -> None:
    """Eight workers ask at the same moment."""
    answers = together([partial(priors.ask, database, key, token, 30.0) for token in range(1, 9)])
    assert answers.count(Making(mine=True)) == 1
    assert answers.count(Making(mine=False)) == 7


def test_the_maker_keeps_its_right_by_asking_again(database: Database, key: str) -> None:
    """Before its lease is over, and after, if nobody else came."""
    assert priors.ask(database, key, 1, 0.2) == Making(mine=True)
    assert priors.ask(database, key, 1, 0.2) == Making(mine=True)
    time.sleep(0.3)
    assert priors.ask(database, key, 1, 30.0) == Making(mine=True)
    assert priors.ask(database, key, 2, 30.0) == Making(mine=False)


def test_a_dead_makers_right_passes_on_to_one(database: Database, key: str) -> None:
    """When its lease is over, and then it is a stranger itself."""
    assert priors.ask(database, key, 1, 0.2) == Making(mine=True)
    assert priors.ask(database, key, 2, 30.0) == Making(mine=False)
    time.sleep(0.3)
    answers = together([partial(priors.ask, database, key, token, 30.0) for token in range(2, 8)])
    assert answers.count(Making(mine=True)) == 1
    assert priors.ask(database, key, 1, 30.0) == Making(mine=False)


def test_what_is_published_is_there_for_everybody(database: Database, key: str) -> None:
    """Also for the worker that made it."""
    priors.ask(database, key, 1, 30.0)
    assert priors.done(database, key, "priors/one") == "priors/one"
    assert [priors.ask(database, key, token, 30.0) for token in (1, 2)] == [Ready("priors/one")] * 2


def test_the_first_that_is_published_counts(database: Database, key: str) -> None:
    """A maker that was thought dead comes late: it uses the winner's, and its own object is deleted."""
    first, late = f"priors/{key}/1", f"priors/{key}/2"
    priors.ask(database, key, 1, 30.0)
    assert priors.done(database, key, first) == first
    assert priors.done(database, key, late) == first
    assert priors.done(database, key, first) == first
    with database.engine() as session:
        doomed = set(session.scalars(select(DoomedObject.object_key)))
    assert late in doomed
    assert first not in doomed


def test_two_that_publish_at_the_same_moment_agree(database: Database, key: str) -> None:
    """Both are told the same object."""
    priors.ask(database, key, 1, 30.0)
    places = [f"priors/{key}/{number}" for number in range(6)]
    answers = together([partial(priors.done, database, key, place) for place in places])
    assert len(set(answers)) == 1
