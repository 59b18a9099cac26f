"""Fine-tunes that are to end early, as clients ask for them and see them."""

import json
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from fastapi.testclient import TestClient

from api.dependencies.batch_upload import MEDIA_TYPES
from api.main import create
from service.bases import Manifest, register
from service.infra.database import Database
from service.jobs import attempt, ending
from service.jobs.ending import JobResult
from service.settings import Settings
from tests.api.conftest import Hands, Worker
from tests.api.jobs.test_events import events
from tests.conftest import Customer

PROMPTS = ["a sks cat on the moon", "a sketch of a sks cat"]


@pytest.fixture(scope="module")
def judged(database: Database) -> str:
    """A base with a judge of its own."""
    register(database, "judged", "/nowhere", Manifest(fingerprint="svd1-" + "2" * 64, resolution=64, judge="emoji"))
    return "judged"


@pytest.fixture(scope="module")
def equipped(settings: Settings) -> Iterator[TestClient]:
    """A client of an installation with metrics of its own."""
    folders = {"clip_folder": Path("/metrics/clip"), "lpips_folder": Path("/metrics/lpips")}
    with TestClient(create(settings.model_copy(update=folders))) as client:
        yield client


def test_the_rule_is_in_the_spec_whole(client: TestClient, judged: str, alice: Customer) -> None:
    """What the client asks for comes back as it is; what is left out has the documented default."""
    hands = Hands(client, judged)
    body = hands.fine_tune_body(hands.upload(alice)) | {"steps": 400}
    asked = {"prompts": PROMPTS, "every": 40, "patience": 3, "min_delta": 0.01, "text_weight": 0.25}
    drawn = {"steps": 25, "guidance": 7.5}
    spec = hands.accepted("/v1/fine-tunes", alice, body | {"early_stopping": asked})["spec"]
    assert spec["early_stopping"] == asked | drawn
    least = hands.accepted("/v1/fine-tunes", alice, body | {"early_stopping": {}})["spec"]["early_stopping"]
    places = ("on the beach", "in the snow", "in the forest", "in the desert")
    assert least == drawn | {
        "prompts": [f"photo of a sks cat {place}" for place in places],
        "every": 100,
        "patience": 2,
        "min_delta": 0.0,
        "text_weight": 0.5,
    }
    assert hands.accepted("/v1/fine-tunes", alice, body)["spec"]["early_stopping"] is None


def test_several_subjects_share_the_prompts_that_are_made(client: TestClient, judged: str, alice: Customer) -> None:
    """As many of each, eight at most, and none in a place where the subject's own prompt has it already."""
    hands = Hands(client, judged)
    body = hands.fine_tune_body(hands.upload(alice)) | {"early_stopping": {}}
    for token, word in (("zwx", "dog"), ("dax", "panda")):
        prompts = {"instance_prompt": f"a {token} {word} in the snow", "class_prompt": f"a {word} in the snow"}
        body["subjects"].append({"images": [hands.upload(alice)]} | prompts)
    assert hands.accepted("/v1/fine-tunes", alice, body)["spec"]["early_stopping"]["prompts"] == [
        *("photo of a sks cat on the beach", "photo of a sks cat in the snow"),
        *("a zwx dog in the snow on the beach", "a zwx dog in the snow in the forest"),
        *("a dax panda in the snow on the beach", "a dax panda in the snow in the forest"),
    ]


def test_where_nothing_can_measure_the_base_it_is_refused(client: TestClient, hands: Hands, alice: Customer) -> None:
    """With a code, a pointer and what the operator would have to configure; nothing is queued."""
    body = hands.fine_tune_body(hands.upload(alice)) | {"early_stopping": {}}
    answer = client.post("/v1/fine-tunes", json=body, headers=alice.headers)
    assert (answer.status_code, answer.json()["code"]) == (422, "metrics_unavailable")
    detail = (
        "Pictures of the base 'tiny' cannot be measured here: the base has no judge of its own, and the operator has "
        "not configured SVDIFF_CLIP_FOLDER and SVDIFF_LPIPS_FOLDER."
    )
    assert answer.json()["problems"] == [{"pointer": "/early_stopping", "detail": detail}]
    assert client.get("/v1/jobs", headers=alice.headers).json()["data"] == []


def test_an_installation_with_metrics_measures_every_base(equipped: TestClient, base: str, alice: Customer) -> None:
    """The API need not see the folders: it is the devices that read them."""
    hands = Hands(equipped, base)
    body = hands.fine_tune_body(hands.upload(alice)) | {"early_stopping": {"every": 50}}
    assert hands.accepted("/v1/fine-tunes", alice, body)["spec"]["early_stopping"]["every"] == 50


@pytest.mark.parametrize("wanted", [202, 422])
def test_a_line_of_a_batch_is_held_to_the_same_metrics(
    wanted: int, client: TestClient, equipped: TestClient, hands: Hands, alice: Customer
) -> None:
    """Refused with the line and the pointer where nothing measures its base, else queued."""
    body = hands.fine_tune_body(hands.upload(alice)) | {"early_stopping": {}}
    line = json.dumps({"custom_id": "one", "kind": "fine_tune", "body": body}).encode()
    headers = alice.headers | {"Content-Type": MEDIA_TYPES[0]}
    answer = (equipped if wanted == 202 else client).post("/v1/batches", content=line, headers=headers)
    assert answer.status_code == wanted, answer.text
    if wanted == 422:
        (fault,) = answer.json()["errors"]
        assert (fault["line"], fault["pointer"], fault["code"]) == (1, "/body/early_stopping", "metrics_unavailable")


def test_checks_are_told_as_they_are_made_and_again_in_the_result(
    live: httpx.Client, client: TestClient, hands: Hands, worker: Worker, alice: Customer
) -> None:
    """The curve as events, and in the end the step that was kept."""
    job = hands.fine_tune(alice)
    taken = worker.claim(alice)
    made = [{"step": step, "text": 0.2, "image": 0.4, "score": 0.3} for step in (10, 20)]
    stopping = {"stopped": True, "trained_steps": 20, "kept_step": 10, "metrics": {"text": "clip", "image": "lpips"}}
    with worker.database.tenant(alice.id) as scope:
        for check in made:
            attempt.record_check(scope, taken, check)
        assert attempt.recorded_checks(scope, taken.job_id) == {check["step"]: check for check in made}
        result = {"shift": {"id": "shf_x", "bytes": 1}, "stopping": stopping | {"checks": made}}
        ending.succeed(scope, taken, JobResult([], result))
    with live.stream("GET", f"/v1/jobs/{job['id']}/events", headers=alice.headers) as response:
        told = [event for event in events(response) if event.name == "check"]
    assert [{name: event.data[name] for name in made[0]} for event in told] == made
    shown = client.get(f"/v1/jobs/{job['id']}", headers=alice.headers).json()["result"]
    assert shown["stopping"] == stopping | {"checks": made}
