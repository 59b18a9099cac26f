"""What a client sees on the way from pictures to pictures."""

import hashlib
import json
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest
from fastapi.testclient import TestClient

from service.ids import from_wire
from service.infra.database import Database
from service.requests import fine_tunes
from service.requests.fine_tunes import FineTuneRequest
from service.settings import Settings
from tests.api.conftest import Hands, Worker, picture
from tests.conftest import Customer


def test_an_uploaded_picture_is_told_as_it_was_sent(client: TestClient, hands: Hands, alice: Customer) -> None:
    """Its sha256 is of the uploaded bytes, its size in pixels, and GET tells the same as POST."""
    data = picture(side=48)
    answer = client.post("/v1/images", files={"file": ("a.png", data)}, headers=alice.headers)
    told = answer.json()
    assert answer.status_code == 201
    assert answer.headers["Location"] == f"/v1/images/{told['id']}"
    assert set(told) == {"id", "sha256", "width", "height", "created_at"}
    assert (told["sha256"], told["width"], told["height"]) == (hashlib.sha256(data).hexdigest(), 48, 48)
    assert told["created_at"].endswith("Z")
    assert client.get(answer.headers["Location"], headers=alice.headers).json() == told


def test_a_fine_tune_is_a_queued_job_with_a_whole_spec(client: TestClient, hands: Hands, alice: Customer) -> None:
    """Everything left out is filled in, and the job is where Location says."""
    image = hands.upload(alice)
    answer = client.post("/v1/fine-tunes", json=hands.fine_tune_body(image) | {"steps": 9}, headers=alice.headers)
    job = answer.json()
    assert answer.status_code == 202
    assert answer.headers["Location"] == f"/v1/jobs/{job['id']}"
    assert (job["kind"], job["status"], job["attempt"]) == ("fine_tune", "queued", 0)
    assert job["progress"] == {"phase": None, "step": 0, "steps": 9}
    assert (job["result"], job["error"], job["started_at"], job["ended_at"]) == (None, None, None, None)
    assert job["spec"]["subjects"][0] | {"images": []} == {
        "images": [],
        "instance_prompt": "photo of a sks cat",
        "class_prompt": "photo of a cat",
        "token": "sks",
        "class": "cat",
    }
    assert (job["spec"]["steps"], job["spec"]["batch_size"], job["spec"]["name"]) == (9, 1, "Tom")
    assert 0 <= job["spec"]["seed"] < 2**48
    later = client.get(answer.headers["Location"], headers=alice.headers).json()
    assert later | {"queue": None, "samples": None} == job  # place and samples are told by GET alone


def test_two_subjects_are_one_job_with_both_in_its_spec(client: TestClient, hands: Hands, alice: Customer) -> None:
    """With the words of each, and the settings that the client chose for learning them together."""
    body = hands.fine_tune_body(hands.upload(alice))
    dog = {"images": [hands.upload(alice)], "instance_prompt": "photo of a zwx", "class_prompt": "photo of a dog"}
    body["subjects"].append(dog | {"token": "zwx", "class": "dog"})
    asked = body | {"cut_mix_probability": 0.5, "unmix_weight": 0}
    answer = client.post("/v1/fine-tunes", json=asked, headers=alice.headers)
    assert answer.status_code == 202, answer.text
    spec = answer.json()["spec"]
    assert [(s["token"], s["class"]) for s in spec["subjects"]] == [("sks", "cat"), ("zwx", "dog")]
    assert (spec["cut_mix_probability"], spec["unmix_weight"], spec["unmix_layers"]) == (0.5, 0.0, "")


def test_samples_are_in_the_spec_whole(client: TestClient, hands: Hands, alice: Customer) -> None:
    """How often, of what, and how they are drawn; the instance prompt where no other is asked for."""
    body = hands.fine_tune_body(hands.upload(alice)) | {"steps": 200, "sample_every": 2}
    prompts = ["a sks cat in the snow", "a sketch of a sks cat"]
    asked = [body, body | {"sample_prompts": prompts}]
    answers = [client.post("/v1/fine-tunes", json=one, headers=alice.headers) for one in asked]
    specs = [answer.json()["spec"] for answer in answers]
    assert [spec["sample_every"] for spec in specs] == [2, 2]
    assert [spec["sample_prompts"] for spec in specs] == [["photo of a sks cat"], prompts]
    assert {(spec["sample_steps"], spec["sample_guidance"]) for spec in specs} == {(50, 7.5)}


def test_a_shift_can_be_listed_downloaded_and_used(
    client: TestClient, hands: Hands, worker: Worker, alice: Customer
) -> None:
    """The file comes by a redirect that needs no key; the generation's spec names the shift."""
    fine_tune = hands.fine_tune(alice)
    shift = worker.make_shift(alice, b"tensors")
    job = client.get(f"/v1/jobs/{fine_tune['id']}", headers=alice.headers).json()
    assert job["status"] == "succeeded"
    assert job["result"]["shift"] == {"id": shift, "bytes": 7, "base": "tiny"}
    told = client.get(f"/v1/shifts/{shift}", headers=alice.headers).json()
    assert (told["name"], told["base"], told["bytes"], told["words"]) == ("Tom", "tiny", 7, {"token": "sks"})
    assert told["sha256"] == hashlib.sha256(b"tensors").hexdigest()
    assert client.get("/v1/shifts", headers=alice.headers).json() == {"data": [told], "has_more": False, "next": None}
    redirect = client.get(f"/v1/shifts/{shift}/file", headers=alice.headers, follow_redirects=False)
    assert redirect.status_code == 307
    assert httpx.get(redirect.headers["Location"]).content == b"tensors"
    generation = hands.generate(alice, shifts=[{"id": shift, "weight": 0.5}])
    assert generation["spec"]["shifts"] == [{"id": shift, "weight": 0.5}]
    part = {"blocks": {"down": 0.5}, "subset": "2-D", "layers": "geometry", "rank_limit": 8}
    partly = hands.generate(alice, shifts=[{"id": shift} | part])
    assert partly["spec"]["shifts"] == [{"id": shift, "weight": 1.0} | part]
    assert client.post(f"/v1/jobs/{partly['id']}/cancel", headers=alice.headers).json()["status"] == "canceled"
    refused = client.delete(f"/v1/shifts/{shift}", headers=alice.headers)
    assert refused.status_code == 409
    assert generation["id"] in refused.json()["detail"]


def test_different_parts_of_one_shift_are_taken_in_the_order_asked_for(
    hands: Hands, worker: Worker, alice: Customer
) -> None:
    """A part is told by subset, layers, blocks and rank, whatever the weights; the job needs the shift once."""
    hands.fine_tune(alice)
    shift = {"id": worker.make_shift(alice)}
    parts: list[dict[str, Any]] = [
        {"layers": "rest"},
        {"layers": "geometry"},
        {},
        {"rank_limit": 2},
        {"blocks": {"up": 0.5}},
    ]
    asked = [shift | {"weight": 0.5} | part for part in parts]
    assert hands.generate(alice, shifts=asked)["spec"]["shifts"] == asked
    ends = [shift | {"weight": 0.25, "subset": "CA"}, shift | {"weight": 0.75}]
    assert hands.generate(alice, shifts=ends, mode="interpolate")["spec"]["shifts"] == ends


def test_result_links_work_without_a_key_and_show_no_more_than_a_link(
    client: TestClient, hands: Hands, worker: Worker, alice: Customer
) -> None:
    """The stored result has the store's key; the wire has a presigned URL instead."""
    job = hands.generate(alice, n=2)
    keys = worker.make_pictures(alice)
    result = client.get(f"/v1/jobs/{job['id']}", headers=alice.headers).json()["result"]
    assert [set(image) for image in result["images"]] == [{"id", "url", "seed", "width", "height"}] * 2
    assert [image["seed"] for image in result["images"]] == [7, 8]
    for image, key in zip(result["images"], keys, strict=True):
        assert key in image["url"]
        assert "X-Amz-Signature" in image["url"]
        assert httpx.get(image["url"]).content == picture("blue")
        assert httpx.get(image["url"].partition("?")[0]).status_code == 403


def test_lists_go_on_after_the_last_id(client: TestClient, hands: Hands, alice: Customer) -> None:
    """Three pages of two, two and one, newest first, without a gap and without a repetition."""
    made = [hands.generate(alice)["id"] for _ in range(5)]
    seen, after, pages = [], None, []
    while True:
        query = {"limit": 2} | ({"after": after} if after else {})
        page = client.get("/v1/jobs", params=query, headers=alice.headers).json()
        seen += [job["id"] for job in page["data"]]
        pages.append(len(page["data"]))
        after = page["next"]
        assert page["has_more"] == (after is not None)
        if after is None:
            break
    assert pages == [2, 2, 1]
    assert seen == made[::-1]


def test_jobs_can_be_listed_by_status_and_kind(client: TestClient, hands: Hands, alice: Customer) -> None:
    """Both filters hold at once."""
    waiting, canceled = hands.generate(alice), hands.generate(alice)
    hands.fine_tune(alice)
    client.post(f"/v1/jobs/{canceled['id']}/cancel", headers=alice.headers)
    query = {"status": "queued", "kind": "generation"}
    listed = client.get("/v1/jobs", params=query, headers=alice.headers).json()["data"]
    assert [job["id"] for job in listed] == [waiting["id"]]


def test_a_canceled_job_stays_canceled(client: TestClient, hands: Hands, worker: Worker, alice: Customer) -> None:
    """A waiting job ends at once and again without complaint; one that succeeded cannot be canceled."""
    job = hands.generate(alice)
    for _ in range(2):
        answer = client.post(f"/v1/jobs/{job['id']}/cancel", headers=alice.headers)
        assert (answer.status_code, answer.json()["status"]) == (200, "canceled")
    assert answer.json()["ended_at"] is not None
    done = hands.generate(alice)
    worker.make_pictures(alice)
    refused = client.post(f"/v1/jobs/{done['id']}/cancel", headers=alice.headers)
    assert (refused.status_code, refused.json()["code"]) == (409, "wrong_state")


def test_a_running_job_is_asked_to_stop(client: TestClient, hands: Hands, worker: Worker, alice: Customer) -> None:
    """It is `canceling` until its worker has stopped."""
    job = hands.generate(alice)
    taken = worker.claim(alice)
    assert taken.job_id == from_wire("job", job["id"])
    answer = client.post(f"/v1/jobs/{job['id']}/cancel", headers=alice.headers)
    assert (answer.status_code, answer.json()["status"]) == (200, "canceling")


def test_a_picture_that_an_unfinished_job_needs_cannot_be_deleted(
    client: TestClient, hands: Hands, alice: Customer
) -> None:
    """409 names the job; once the job has ended the picture goes."""
    job = hands.fine_tune(alice)
    image = job["spec"]["subjects"][0]["images"][0]
    refused = client.delete(f"/v1/images/{image}", headers=alice.headers)
    assert (refused.status_code, refused.json()["code"]) == (409, "in_use")
    assert job["id"] in refused.json()["detail"]
    client.post(f"/v1/jobs/{job['id']}/cancel", headers=alice.headers)
    assert client.delete(f"/v1/images/{image}", headers=alice.headers).status_code == 204
    assert client.get(f"/v1/images/{image}", headers=alice.headers).status_code == 404


def test_a_picture_cannot_vanish_while_a_job_with_it_is_accepted(
    client: TestClient, hands: Hands, database: Database, settings: Settings, alice: Customer
) -> None:
    """A delete that comes between a job's check and its commit waits, and then sees the job."""
    image = hands.upload(alice)
    body = FineTuneRequest.model_validate_json(json.dumps(hands.fine_tune_body(image)))
    with ThreadPoolExecutor(1) as pool:
        with database.tenant(alice.id) as scope:
            fine_tunes.submit(scope, body, settings)
            answer = pool.submit(client.delete, f"/v1/images/{image}", headers=alice.headers)
            with pytest.raises(TimeoutError):
                answer.result(timeout=0.5)
        assert answer.result().json()["code"] == "in_use"


def test_the_bases_are_listed_with_their_recipes(client: TestClient, alice: Customer, base: str) -> None:
    """A client can read what a request gets that leaves a field out."""
    listed = client.get("/v1/bases", headers=alice.headers).json()["data"]
    tiny = next(one for one in listed if one["name"] == base)
    assert set(tiny) == {
        *("name", "revision", "fingerprint", "family", "resolution", "geometry_layers", "fine_tune", "generation")
    }
    assert (tiny["resolution"], tiny["fine_tune"]["steps"], tiny["generation"]["guidance"]) == (64, 500, 7.5)
