"""The operator decides which methods of fine-tuning clients may choose."""

import io
import json
from collections.abc import Iterator
from typing import Any

import pytest
from fastapi.testclient import TestClient

from api.main import create
from api.uploads.batch_file import BatchFile
from service.batches.lines import FineTuneLine, InvalidLine
from service.settings import Settings
from tests.api.conftest import Hands
from tests.api.jobs.batch_calls import Batches, jsonl, training_line
from tests.api.problems import assert_problem
from tests.conftest import Customer


@pytest.fixture
def generous(settings: Settings) -> Iterator[TestClient]:
    """A client of an installation that offers LoRA too."""
    with TestClient(create(settings.model_copy(update={"allowed_methods": ("svdiff", "lora")}))) as client:
        yield client


def test_a_method_that_is_not_offered_is_refused_with_those_that_are(
    client: TestClient, hands: Hands, alice: Customer
) -> None:
    """By default that is svdiff alone; a method that does not exist is refused like any bad value."""
    body = hands.fine_tune_body(hands.upload(alice))
    answer = client.post("/v1/fine-tunes", json=body | {"method": "lora"}, headers=alice.headers)
    problem = answer.json()
    assert (answer.status_code, problem["code"]) == (422, "method_not_offered")
    assert problem["problems"] == [
        {"pointer": "/method", "detail": "The method 'lora' is not offered here; these are: svdiff."}
    ]
    unknown = client.post("/v1/fine-tunes", json=body | {"method": "magic"}, headers=alice.headers)
    assert (unknown.status_code, unknown.json()["problems"][0]["pointer"]) == (422, "/method")


def test_an_operator_can_offer_a_method(generous: TestClient, base: str, alice: Customer) -> None:
    """The job's spec then names it, with the method's own rates unless the client gave others."""
    hands = Hands(generous, base)
    body = hands.fine_tune_body(hands.upload(alice)) | {"method": "lora", "learning_rate_1d": 0.5}
    spec = hands.accepted("/v1/fine-tunes", alice, body)["spec"]
    assert (spec["method"], spec["learning_rate"], spec["learning_rate_1d"]) == ("lora", 1e-4, 0.5)


@pytest.fixture
def open_house(settings: Settings) -> Iterator[TestClient]:
    """A client of an installation that offers every method."""
    every = ("svdiff", "svdiff_band", "full", "lora", "cross_attention_kv")
    with TestClient(create(settings.model_copy(update={"allowed_methods": every}))) as client:
        yield client


@pytest.mark.parametrize(
    ("method", "own", "told"),
    [
        ("lora", {}, {"rank": 4}),
        ("lora", {"rank": 256}, {"rank": 256}),
        ("svdiff_band", {}, {"band": 1}),
        ("svdiff_band", {"band": 8}, {"band": 8}),
        ("svdiff", {}, {}),
        ("full", {}, {}),
        ("svdiff", {"subset": "CA-KV"}, {"subset": "CA-KV"}),
        ("svdiff_band", {"subset": "up"}, {"band": 1, "subset": "up"}),
    ],
)
def test_the_spec_has_the_settings_of_its_method_alone(
    open_house: TestClient, base: str, alice: Customer, method: str, own: dict[str, Any], told: dict[str, Any]
) -> None:
    """Filled in where the client does not say; a method without them shows none."""
    hands = Hands(open_house, base)
    body = hands.fine_tune_body(hands.upload(alice)) | {"method": method} | own
    spec = hands.accepted("/v1/fine-tunes", alice, body)["spec"]
    assert {name: spec[name] for name in ("rank", "band", "subset") if name in spec} == told


@pytest.mark.parametrize(
    ("fields", "pointer", "code"),
    [
        ({"method": "lora", "rank": 0}, "/rank", None),
        ({"method": "lora", "rank": 257}, "/rank", None),
        ({"method": "svdiff_band", "band": 9}, "/band", None),
        ({"method": "svdiff_band", "band": "1"}, "/band", None),
        ({"rank": 4}, "/rank", "setting_of_another_method"),
        ({"method": "full", "rank": 4}, "/rank", "setting_of_another_method"),
        ({"method": "lora", "band": 1}, "/band", "setting_of_another_method"),
        ({"method": "lora", "subset": "up"}, "/subset", "setting_of_another_method"),
        ({"subset": "left"}, "/subset", None),
        ({"cut_mix_min_scale": 0.4}, "/cut_mix_min_scale", None),
        ({"text_encoder_learning_rate_scale": -1}, "/text_encoder_learning_rate_scale", None),
        ({"prior_companions": "next to a cup,, and a ball"}, "/prior_companions", None),
        ({"ema_decay": 1.0}, "/ema_decay", None),
        ({"prior_companions": ", ".join(["next to a cup"] * 33)}, "/prior_companions", None),
    ],
)
def test_a_setting_out_of_range_or_of_another_method_is_refused(
    open_house: TestClient, base: str, alice: Customer, fields: dict[str, Any], pointer: str, code: str | None
) -> None:
    """It would have no effect, which nobody means."""
    hands = Hands(open_house, base)
    body = hands.fine_tune_body(hands.upload(alice)) | fields
    assert_problem(open_house.post("/v1/fine-tunes", json=body, headers=alice.headers), pointer, code=code)


def test_a_line_of_a_batch_is_held_to_the_settings_of_its_method(
    client: TestClient, hands: Hands, alice: Customer
) -> None:
    """With a pointer into the line."""
    line = training_line("train", hands, hands.upload(alice))
    line["body"]["rank"] = 2
    answer = Batches(client, alice).send(jsonl([line]))
    (fault,) = answer.json()["errors"]
    assert (answer.status_code, fault["pointer"], fault["code"]) == (422, "/body/rank", "setting_of_another_method")


@pytest.mark.parametrize(("methods", "kind"), [(("svdiff",), InvalidLine), (("svdiff", "full"), FineTuneLine)])
def test_a_line_of_a_batch_is_held_to_the_same_methods(methods: tuple[str, ...], kind: type) -> None:
    """A fine-tune in a batch by a method that is not offered is a bad line."""
    subject = {"images": ["img_x"], "instance_prompt": "photo of a sks cat", "class_prompt": "photo of a cat"}
    body = {"base": "tiny", "subjects": [subject], "method": "full"}
    text = json.dumps({"custom_id": "one", "kind": "fine_tune", "body": body}).encode()
    (line,) = BatchFile(io.BytesIO(text), 10_000, methods)()
    assert isinstance(line, kind)
    if isinstance(line, InvalidLine):
        assert [(fault.pointer, fault.code) for fault in line.faults] == [("/body/method", "method_not_offered")]
