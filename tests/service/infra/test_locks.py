import itertools

from service.infra.database import Database
from service.infra.locks import AdvisoryLock, KeyedLock, lock_key, number_of, try_lock_key


def test_a_locks_number_never_changes() -> None:
    """Processes of two versions that run side by side must mean the same lock."""
    assert {lock.name: lock.value for lock in AdvisoryLock} == {"MIGRATION": 7_340_021, "CLAIM": 7_340_022}
    assert number_of(KeyedLock.BASE_NAME, "emoji") == -4_751_946_181_471_065_294


def test_no_two_locks_share_a_number() -> None:
    """Neither two kinds of the same key, nor keys that would be the same text when joined."""
    keys = [("a",), ("b",), ("a", "b"), ("ab",), ("a, b",), ('a", "b',)]
    numbers = [number_of(kind, *key) for kind, key in itertools.product(KeyedLock, keys)]
    assert len({*numbers, *AdvisoryLock}) == len(numbers) + len(AdvisoryLock)


def test_a_keys_lock_is_held_until_the_transaction_ends(database: Database) -> None:
    """Another transaction gets another key meanwhile, and this one afterwards."""
    with database.engine() as session:
        lock_key(session, KeyedLock.BASE_NAME, "dog")
        with database.engine() as other:
            assert not try_lock_key(other, KeyedLock.BASE_NAME, "dog")
            assert try_lock_key(other, KeyedLock.BASE_NAME, "cat")
    with database.engine() as other:
        assert try_lock_key(other, KeyedLock.BASE_NAME, "dog")
