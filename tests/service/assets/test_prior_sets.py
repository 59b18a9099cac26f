import time
import uuid
from functools import partial

import pytest
from sqlalchemy import select

from service.assets import prior_sets
from service.assets.prior_sets import InProgress, Ready
from service.infra.database import Database
from service.tables import PendingDeletion
from tests.service.jobs.together import together


@pytest.fixture
def key() -> str:
    """A set that nobody has asked for yet."""
    return uuid.uuid4().hex


def test_one_of_many_makes_and_the_rest_wait(database: Database, key: str) -> None:
    """Eight workers ask at the same moment."""
    answers = together([partial(prior_sets.acquire, database, key, token, 30.0) for token in range(1, 9)])
    assert answers.count(InProgress(mine=True)) == 1
    assert answers.count(InProgress(mine=False)) == 7


def test_the_maker_keeps_its_right_by_asking_again(database: Database, key: str) -> None:
    """Before its lease is over, and after, if nobody else came."""
    assert prior_sets.acquire(database, key, 1, 0.2) == InProgress(mine=True)
    assert prior_sets.acquire(database, key, 1, 0.2) == InProgress(mine=True)
    time.sleep(0.3)
    assert prior_sets.acquire(database, key, 1, 30.0) == InProgress(mine=True)
    assert prior_sets.acquire(database, key, 2, 30.0) == InProgress(mine=False)


def test_a_dead_makers_right_passes_on_to_one(database: Database, key: str) -> None:
    """When its lease is over, and then it is a stranger itself."""
    assert prior_sets.acquire(database, key, 1, 0.2) == InProgress(mine=True)
    assert prior_sets.acquire(database, key, 2, 30.0) == InProgress(mine=False)
    time.sleep(0.3)
    answers = together([partial(prior_sets.acquire, database, key, token, 30.0) for token in range(2, 8)])
    assert answers.count(InProgress(mine=True)) == 1
    assert prior_sets.acquire(database, key, 1, 30.0) == InProgress(mine=False)


def test_what_is_published_is_there_for_everybody(database: Database, key: str) -> None:
    """Also for the worker that made it."""
    prior_sets.acquire(database, key, 1, 30.0)
    assert prior_sets.publish(database, key, "priors/one") == "priors/one"
    assert [prior_sets.acquire(database, key, token, 30.0) for token in (1, 2)] == [Ready("priors/one")] * 2


def test_the_first_that_is_published_counts(database: Database, key: str) -> None:
    """A maker that was thought dead comes late: it uses the winner's, and its own object is deleted."""
    first, late = f"priors/{key}/1", f"priors/{key}/2"
    prior_sets.acquire(database, key, 1, 30.0)
    assert prior_sets.publish(database, key, first) == first
    assert prior_sets.publish(database, key, late) == first
    assert prior_sets.publish(database, key, first) == first
    with database.engine() as session:
        marked = set(session.scalars(select(PendingDeletion.object_key)))
    assert late in marked
    assert first not in marked


def test_two_that_publish_at_the_same_moment_agree(database: Database, key: str) -> None:
    """Both are told the same object."""
    prior_sets.acquire(database, key, 1, 30.0)
    places = [f"priors/{key}/{number}" for number in range(6)]
    answers = together([partial(prior_sets.publish, database, key, place) for place in places])
    assert len(set(answers)) == 1
