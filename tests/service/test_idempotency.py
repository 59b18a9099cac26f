import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import func, select, update

from service.errors import KeyBusy, KeyReused
from service.idempotency import Call, find_resource, fingerprint, record
from service.ids import new_id
from service.infra.database import Database
from service.jobs.maintenance import delete_old_idempotency_keys
from service.tables import IdempotencyKey
from tests.conftest import Customer


def call(key: str | None = None, body: str = "body", route: str = "/v1/generations") -> Call:
    """A POST."""
    return Call("POST", route, key or uuid4().hex, fingerprint({"prompt": body}))


def make(database: Database, customer: Customer, one: Call) -> UUID:
    """The call happens for the first time, or is answered from before."""
    with database.tenant(customer.id) as scope:
        found = find_resource(scope, one)
        if found is not None:
            return found
        resource = new_id()
        record(scope, one, resource)
        return resource


def test_a_repeated_call_finds_what_the_first_made(database: Database, alice: Customer) -> None:
    """However often."""
    one = call()
    assert len({make(database, alice, one) for _ in range(3)}) == 1


def test_the_same_key_means_something_else_to_another_tenant_or_route(
    database: Database, alice: Customer, bob: Customer
) -> None:
    """Unique by tenant, method, route and key."""
    one = call()
    other = call(one.key, route="/v1/fine-tunes")
    assert len({make(database, alice, one), make(database, bob, one), make(database, alice, other)}) == 3


def test_a_key_is_not_used_for_another_body(database: Database, alice: Customer) -> None:
    """The client has a fault, and learns of it."""
    one = call(body="a dog")
    make(database, alice, one)
    with pytest.raises(KeyReused):
        make(database, alice, call(one.key, body="a cat"))


def test_a_call_that_is_being_answered_is_busy_and_does_not_wait(database: Database, alice: Customer) -> None:
    """Afterwards it is answered from the same resource."""
    one = call()
    with ThreadPoolExecutor(1) as pool:
        with database.tenant(alice.id) as scope:
            assert find_resource(scope, one) is None
            with pytest.raises(KeyBusy):
                pool.submit(make, database, alice, one).result(5)
            resource = new_id()
            record(scope, one, resource)
        assert pool.submit(make, database, alice, one).result(5) == resource


def fail(database: Database, customer: Customer, one: Call) -> None:
    """A call that raises after it was noted."""
    with database.tenant(customer.id) as scope:
        find_resource(scope, one)
        record(scope, one, new_id())
        raise ZeroDivisionError


def test_a_call_that_failed_may_be_made_again(database: Database, alice: Customer) -> None:
    """Nothing is remembered of it, and its lock is gone."""
    one = call()
    with pytest.raises(ZeroDivisionError):
        fail(database, alice, one)
    make(database, alice, one)


def test_after_a_day_a_key_is_new(database: Database, alice: Customer) -> None:
    """Whether upkeep has forgotten it or not; before, it is kept."""
    one, two = call(), call()
    first = make(database, alice, one)
    make(database, alice, two)
    delete_old_idempotency_keys(database)
    assert make(database, alice, one) == first
    with database.tenant(alice.id) as scope:
        aged = update(IdempotencyKey).values(created_at=func.now() - func.make_interval(0, 0, 0, 0, 25))
        scope.session.execute(aged)
    again = make(database, alice, call(one.key, body="another"))
    assert again != first
    delete_old_idempotency_keys(database)
    with database.tenant(alice.id) as scope:
        assert scope.session.scalars(select(IdempotencyKey.key)).all() == [one.key]


def test_many_at_the_same_moment_make_one_resource(database: Database, alice: Customer) -> None:
    """The others are told to come again, or get the same."""
    one = call()
    barrier = threading.Barrier(6)

    def ask() -> UUID | None:
        barrier.wait(5)
        try:
            return make(database, alice, one)
        except KeyBusy:
            return None

    with ThreadPoolExecutor(6) as pool:
        answers = {future.result(10) for future in [pool.submit(ask) for _ in range(6)]}
    assert len(answers - {None}) == 1


def test_the_fingerprint_is_of_what_the_body_says_and_not_how() -> None:
    """The order of fields does not matter; every value does."""
    assert fingerprint({"a": 1, "b": {"c": [1, 2]}}) == fingerprint({"b": {"c": [1, 2]}, "a": 1})
    texts: list[dict[str, Any]] = [{"a": 1}, {"a": "1"}, {"a": [1]}, {"a": None}, {}, {"a": 1, "b": None}]
    assert len({fingerprint(text) for text in texts}) == len(texts)
