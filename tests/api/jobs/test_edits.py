"""Edits over HTTP."""

from typing import Any

import pytest
from fastapi.testclient import TestClient

from service.assets import artifacts
from service.assets.shifts import NewShift
from service.ids import new_id, to_wire
from service.jobs import ending
from service.jobs.ending import JobResult
from service.jobs.specs import EditSpec
from tests.api.conftest import Hands, Worker, picture
from tests.api.problems import assert_problem
from tests.conftest import Customer

PROMPTS = ["a photo of a cat in the snow", "a photo of a dog"]


def body_of(hands: Hands, customer: Customer, **fields: Any) -> dict[str, Any]:
    """The least that an edit needs, and more."""
    known = {"base": hands.base, "description": "a photo of a cat", "prompts": PROMPTS, "seed": 7} | fields
    return {"image": hands.upload(customer)} | known


def make_edits(worker: Worker, customer: Customer) -> str:
    """Succeed at the customer's next edit; the id of its shift."""
    taken = worker.claim(customer)
    spec = EditSpec.model_validate(taken.spec)

    def upload(kind: str, data: bytes) -> artifacts.StoredObject:
        return artifacts.upload(worker.store, customer.id, kind, kind=kind, data=data, media_type="x/y")

    shift, pictures = upload("shift", b"numbers"), [upload("picture", picture("blue")) for _ in spec.prompts]
    shift_id = new_id()
    images = [
        {"id": to_wire("pic", one.id), "key": one.key, "seed": 7 + i, "width": 64, "height": 64, "prompt": prompt}
        for i, (one, prompt) in enumerate(zip(pictures, spec.prompts, strict=True))
    ]
    told = {"id": to_wire("shf", shift_id), "bytes": shift.bytes, "trained": True}
    with worker.database.tenant(customer.id) as scope:
        new = NewShift(shift_id, shift.id, "a cat", spec.base, taken.fingerprint, words={})
        result = JobResult([shift, *pictures], {"images": images, "shift": told}, new, spec.key)
        ending.succeed(scope, taken, result)
    return to_wire("shf", shift_id)


def test_an_edit_is_accepted_with_every_default_filled_in(client: TestClient, hands: Hands, alice: Customer) -> None:
    """With inversion: no noise on the way, guidance 3; trained 500 steps from seed 0 at the base's rates."""
    body = body_of(hands, alice)
    job = hands.accepted("/v1/edits", alice, body)
    spec = job["spec"]
    assert (job["kind"], job["status"], job["priority"]) == ("edit", "queued", "training")
    assert (spec["inversion"], spec["refinements"], spec["slerp"], spec["eta"]) == (True, 3, 0.0, 0.0)
    assert (spec["guidance"], spec["steps"], spec["seed"], spec["prompts"]) == (3.0, 50, 7, PROMPTS)
    assert spec["training"] == {
        "seed": 0,
        "steps": 500,
        "batch_size": 1,
        "learning_rate": 1e-3,
        "learning_rate_1d": 1e-6,
        "text_encoder": True,
        "text_encoder_learning_rate_scale": 1.0,
        "max_grad_norm": 1.0,
    }
    assert job["progress"] == {"phase": None, "step": 0, "steps": 500}
    plain = hands.accepted("/v1/edits", alice, body | {"inversion": False})["spec"]
    assert (plain["guidance"], plain["eta"]) == (7.5, 0.0)
    listed = client.get("/v1/jobs?kind=edit", headers=alice.headers).json()["data"]
    assert [one["kind"] for one in listed] == ["edit", "edit"]


def test_a_result_has_a_link_for_each_prompt_and_the_shift(
    client: TestClient, hands: Hands, worker: Worker, alice: Customer
) -> None:
    """The store's keys are not shown; the shift is one like any other."""
    job = hands.accepted("/v1/edits", alice, body_of(hands, alice))
    shift = make_edits(worker, alice)
    told = client.get(f"/v1/jobs/{job['id']}", headers=alice.headers).json()
    assert told["status"] == "succeeded"
    assert told["result"]["shift"] == {"id": shift, "bytes": 7, "trained": True}
    assert [(one["prompt"], one["seed"]) for one in told["result"]["images"]] == [(PROMPTS[0], 7), (PROMPTS[1], 8)]
    assert all(one["url"].startswith("http") and "key" not in one for one in told["result"]["images"])
    assert client.get(f"/v1/shifts/{shift}", headers=alice.headers).json()["name"] == "a cat"


def test_an_edit_of_a_picture_that_was_learned_waits_for_no_training_and_holds_the_shift(
    client: TestClient, hands: Hands, worker: Worker, alice: Customer, bob: Customer
) -> None:
    """The class tells it, for the tenant that learned it alone; the shift cannot be deleted under it."""
    hands.accepted("/v1/edits", alice, body_of(hands, alice))
    shift = make_edits(worker, alice)
    later = hands.accepted("/v1/edits", alice, body_of(hands, alice, prompts=["a cat at night"]))
    other = hands.accepted("/v1/edits", bob, body_of(hands, bob))
    assert (later["priority"], other["priority"]) == ("interactive", "training")
    refused = client.delete(f"/v1/shifts/{shift}", headers=alice.headers)
    assert refused.status_code == 409
    assert later["id"] in refused.json()["detail"]


def test_an_edit_holds_its_picture(client: TestClient, hands: Hands, alice: Customer) -> None:
    """409 while it is unfinished."""
    body = body_of(hands, alice)
    job = hands.accepted("/v1/edits", alice, body)
    refused = client.delete(f"/v1/images/{body['image']}", headers=alice.headers)
    assert (refused.status_code, job["id"] in refused.json()["detail"]) == (409, True)


def test_an_edit_with_a_key_is_made_once(client: TestClient, hands: Hands, alice: Customer) -> None:
    """As every POST."""
    body = body_of(hands, alice)
    headers = alice.headers | {"Idempotency-Key": "edit-1"}
    first, again = (client.post("/v1/edits", json=body, headers=headers).json() for _ in range(2))
    assert first["id"] == again["id"]


def test_a_waiting_edit_can_be_paused_and_resumed(client: TestClient, hands: Hands, alice: Customer) -> None:
    """It trains, and a training can."""
    job = hands.accepted("/v1/edits", alice, body_of(hands, alice))
    paused = client.post(f"/v1/jobs/{job['id']}/pause", headers=alice.headers)
    assert (paused.status_code, paused.json()["status"]) == (200, "paused")
    assert client.post(f"/v1/jobs/{job['id']}/resume", headers=alice.headers).json()["status"] == "queued"


@pytest.mark.parametrize(
    ("fields", "pointer"),
    [
        ({"image": "img_" + "0" * 26}, "/image"),
        ({"image": "shf_1"}, "/image"),
        ({"base": "nothing"}, "/base"),
        ({"description": " "}, "/description"),
        ({"prompts": []}, "/prompts"),
        ({"prompts": ["x"] * 17}, "/prompts"),
        ({"prompts": [""]}, "/prompts/0"),
        ({"slerp": 1.1}, "/slerp"),
        ({"slerp": 0.5, "inversion": False}, "/slerp"),
        ({"eta": -0.1}, "/eta"),
        ({"refinements": 21}, "/refinements"),
        ({"inversion": 1}, "/inversion"),
        ({"training": {"steps": 0}}, "/training/steps"),
        ({"training": {"prior_loss_weight": 1}}, "/training/prior_loss_weight"),
    ],
)
def test_what_cannot_be_meant_is_refused_with_a_pointer(
    client: TestClient, hands: Hands, alice: Customer, fields: dict[str, Any], pointer: str
) -> None:
    """422, and nothing is made."""
    assert_problem(client.post("/v1/edits", json=body_of(hands, alice) | fields, headers=alice.headers), pointer)
    assert client.get("/v1/jobs", headers=alice.headers).json()["data"] == []


def test_another_tenants_picture_is_as_an_unknown_one(
    client: TestClient, hands: Hands, alice: Customer, bob: Customer
) -> None:
    """The same 422 with the same words."""
    answers = []
    for image in (hands.upload(alice), "img_" + "0" * 26):
        answer = client.post("/v1/edits", json=body_of(hands, bob) | {"image": image}, headers=bob.headers)
        answers.append((answer.status_code, answer.json() | {"request_id": None}))
    assert answers[0] == answers[1]
    assert answers[0][1]["code"] == "unknown_reference"
