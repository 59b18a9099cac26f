"""Two shifts side by side, over HTTP."""

from typing import Any
from uuid import uuid4

import numpy as np
import pytest
from fastapi.testclient import TestClient
from sqlalchemy import select

from service.assets import singular_values
from service.bases import Manifest, register
from service.infra.database import Database
from service.tables import IdempotencyKey
from svdiff_core.shift.file import Shift, ShiftMetadata, dump
from tests.api.conftest import Hands, Worker
from tests.conftest import Customer

FINGERPRINT = "svd1-" + "0" * 64


def shift_file(fingerprint: str = FINGERPRINT, **deltas: list[float]) -> bytes:
    """A shift of these weights; of the suite's base, if none are named."""
    by_layer = {f"unet.{name}": np.array(values, np.float32) for name, values in deltas.items()}
    return dump(Shift(by_layer, ShiftMetadata(fingerprint)))


@pytest.fixture
def pair(hands: Hands, worker: Worker, alice: Customer) -> list[str]:
    """Two shifts of alice's: alike in one layer, opposed in the other."""
    made = []
    for data in (shift_file(a=[1, 2], b=[1]), shift_file(a=[2, 4], b=[-1])):
        hands.fine_tune(alice)
        made.append(worker.make_shift(alice, data))
    return made


def compare(client: TestClient, customer: Customer, shifts: list[Any], **headers: str) -> Any:
    """The answer."""
    return client.post("/v1/shifts/compare", json={"shifts": shifts}, headers=customer.headers | headers)


def test_a_comparison_tells_each_layer_and_the_whole(client: TestClient, pair: list[str], alice: Customer) -> None:
    """Cosines, their mean, and what is lost in the sum."""
    answer = compare(client, alice, pair)
    assert answer.status_code == 200, answer.text
    told = answer.json()
    assert (told["shifts"], told["base"], told["alone"]) == (pair, "tiny", [[], []])
    assert [(one["name"], one["cosine"]) for one in told["layers"]] == [
        ("unet.a", pytest.approx(1)),
        ("unet.b", pytest.approx(-1)),
    ]
    assert told["cosine"] == pytest.approx(0)
    assert told["conflict"] == {"opposed": 0.5, "canceled": pytest.approx(2 / 11), "clipped": None}


def test_what_the_relu_would_stop_is_told_once_a_worker_has_published_sigma(
    client: TestClient, hands: Hands, worker: Worker, database: Database, alice: Customer
) -> None:
    """σ 3 and 1 in a layer: the sum of two shifts stops the second, and neither does alone."""
    name, fingerprint = f"base-{uuid4().hex[:8]}", f"svd1-{uuid4().hex * 2}"
    register(database, name, "/nowhere", Manifest(fingerprint=fingerprint, resolution=64))
    ids = []
    for values in ([-1, -0.6], [-1, -0.7]):
        hands.accepted("/v1/fine-tunes", alice, hands.fine_tune_body(hands.upload(alice)) | {"base": name})
        ids.append(worker.make_shift(alice, shift_file(fingerprint, a=values)))
    assert compare(client, alice, ids).json()["conflict"]["clipped"] is None
    singular_values.publish(database, worker.store, fingerprint, {"unet.a": np.array([3, 1], np.float32)})
    told = compare(client, alice, ids).json()
    assert (told["conflict"]["clipped"], told["layers"][0]["clipped"]) == (0.5, 0.5)


def test_a_key_is_accepted_and_nothing_is_written_for_a_read(
    client: TestClient, database: Database, pair: list[str], alice: Customer
) -> None:
    """The same call answers the same, another body under the same key is answered too, and no row remembers either."""
    key = {"Idempotency-Key": "once"}
    first, second = (compare(client, alice, pair, **key) for _ in range(2))
    assert (first.status_code, first.json()) == (200, second.json())
    assert compare(client, alice, pair[::-1], **key).json()["shifts"] == pair[::-1]
    with database.tenant(alice.id) as scope:
        assert scope.session.scalars(select(IdempotencyKey).where(IdempotencyKey.key == "once")).all() == []


def test_another_tenants_shift_is_as_an_unknown_one(
    client: TestClient, pair: list[str], alice: Customer, bob: Customer
) -> None:
    """The same 422 with the same words, at the place of the id."""
    answers = []
    for first in (pair[0], "shf_" + "0" * 26, "nonsense"):
        answer = compare(client, bob, [first, pair[1]])
        answers.append((answer.status_code, answer.json() | {"request_id": None}))
    assert answers[0] == answers[1] == answers[2]
    assert (answers[0][0], answers[0][1]["problems"][0]["pointer"]) == (422, "/shifts/0")


def test_shifts_of_two_bases_are_not_compared(
    client: TestClient, hands: Hands, worker: Worker, database: Database, pair: list[str], alice: Customer
) -> None:
    """Numbers on two bases have nothing in common."""
    register(database, "other", "/elsewhere", Manifest(fingerprint="svd1-" + "1" * 64, resolution=64))
    hands.accepted("/v1/fine-tunes", alice, hands.fine_tune_body(hands.upload(alice)) | {"base": "other"})
    answer = compare(client, alice, [pair[0], worker.make_shift(alice)])
    assert (answer.status_code, answer.json()["code"]) == (422, "shift_of_another_base")
    assert answer.json()["problems"][0]["pointer"] == "/shifts/1"


@pytest.mark.parametrize("number", [0, 1, 3])
def test_two_are_compared_and_no_other_number(
    client: TestClient, pair: list[str], alice: Customer, number: int
) -> None:
    """Said of the list."""
    answer = compare(client, alice, (pair * 2)[:number])
    assert (answer.status_code, answer.json()["problems"][0]["pointer"]) == (422, "/shifts")


def test_a_file_that_is_no_shift_is_told_and_no_fault_of_ours(
    client: TestClient, hands: Hands, worker: Worker, pair: list[str], alice: Customer
) -> None:
    """422 at the shift, not 500."""
    hands.fine_tune(alice)
    answer = compare(client, alice, [pair[0], worker.make_shift(alice)])
    assert (answer.status_code, answer.json()["code"]) == (422, "shift_unreadable")


@pytest.mark.parametrize("method", ["GET", "DELETE"])
def test_compare_is_no_shifts_id(client: TestClient, alice: Customer, method: str) -> None:
    """Its other methods answer 405 with the one that there is, and do not look for a shift of this name."""
    answer = client.request(method, "/v1/shifts/compare", headers=alice.headers)
    assert (answer.status_code, answer.json()["code"], answer.headers["Allow"]) == (405, "method_not_allowed", "POST")
    elsewhere = client.put("/v1/shifts/nothing", headers=alice.headers)
    assert (elsewhere.status_code, elsewhere.headers["Allow"]) == (405, "DELETE, GET")
    assert client.request(method, "/v1/shifts/nothing", headers=alice.headers).json()["code"] == "not_found"
