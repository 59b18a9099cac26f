"""Batches over HTTP: what is taken, what is told of it, and how it is stopped."""

import hashlib
from typing import Any

import httpx
import pytest
from httpx2 import Response

from api.responses import batch_results
from service.batches.cancel import continue_cancellations
from service.batches.ending import end_finished
from service.infra.database import Database
from service.jobs import ending
from service.jobs.dependencies import resolve_dependencies
from tests.api.conftest import Hands, Worker, picture
from tests.api.jobs.batch_calls import Batches, jsonl, picture_line, training_line
from tests.conftest import Customer


def test_every_line_becomes_a_job_of_its_name(batches: Batches, base: str) -> None:
    """202 with the batch and where it is; the jobs are complete, of the class `batch`, and in the order of lines."""
    lines = [picture_line(name, base, seed=3) for name in ("one", "two", "three")]
    answer = batches.send(jsonl(lines), name="trial", expires_in=3600)
    assert answer.status_code == 202, answer.text
    made = answer.json()
    assert answer.headers["Location"] == f"/v1/batches/{made['id']}"
    assert (made["name"], made["status"], made["lines"]) == ("trial", "in_progress", 3)
    assert made["sha256"] == hashlib.sha256(jsonl(lines)).hexdigest()
    assert {state: count for state, count in made["counts"].items() if count} == {"queued": 3}
    jobs = batches.get("/v1/jobs", batch=made["id"]).json()["data"]
    assert [job["custom_id"] for job in reversed(jobs)] == ["one", "two", "three"]
    assert {(job["priority"], job["status"], job["batch"]) for job in jobs} == {("batch", "queued", made["id"])}
    assert {job["spec"]["steps"] for job in jobs} == {50}
    assert all(job["expires_at"] for job in jobs)
    assert batches.get(f"/v1/batches/{made['id']}").json() == made
    (listed,) = batches.get("/v1/batches").json()["data"]
    assert listed == {name: value for name, value in made.items() if name != "counts"}


def test_a_line_has_its_own_deadline_before_the_batchs(batches: Batches, base: str) -> None:
    """Counted from one moment for all lines."""
    made = batches.create([picture_line("own", base, expires_in=7200), picture_line("common", base)], expires_in=3600)
    jobs = batches.jobs(made)
    assert jobs["own"]["expires_at"] > jobs["common"]["expires_at"]


def test_bad_lines_are_told_by_their_numbers_and_nothing_is_made(
    batches: Batches, hands: Hands, base: str, alice: Customer, bob: Customer
) -> None:
    """Every kind of fault in one answer: of the form, of names, and of what the lines speak of."""
    bobs = hands.upload(bob)
    good = picture_line("good", base)
    file = jsonl([good]) + b"not json\n\n"
    file += jsonl(
        [
            picture_line("n", base, n=0),
            picture_line("good", base),
            {"custom_id": "kind", "kind": "poem", "body": {}},
            picture_line("base", "nothing"),
            picture_line("named", base, shifts=[{"custom_id": "nobody"}]),
            picture_line("not-trained", base, shifts=[{"custom_id": "good"}]),
            picture_line("unknown", base, shifts=[{"id": "shf_00000000000000000000000000"}]),
            training_line("bobs", hands, bobs),
            picture_line("two-names", base, shifts=[{"id": "x", "custom_id": "y"}]),
            picture_line("wide", base, width=9),
        ]
    )
    answer = batches.send(file)
    assert (answer.status_code, answer.headers["Content-Type"]) == (422, "application/problem+json")
    problem = answer.json()
    assert (problem["code"], problem["error_count"], problem["problems"]) == ("invalid_batch", 11, [])
    told = [(one["line"], one["custom_id"], one["pointer"], one["code"]) for one in problem["errors"]]
    assert told == [
        (2, None, "", "malformed_json"),
        (4, "n", "/body/n", "invalid_request"),
        (5, "good", "/custom_id", "repeated_custom_id"),
        (6, "kind", "/kind", "invalid_request"),
        (7, "base", "/body/base", "unknown_base"),
        (8, "named", "/body/shifts/0/custom_id", "unknown_reference"),
        (9, "not-trained", "/body/shifts/0/custom_id", "unknown_reference"),
        (10, "unknown", "/body/shifts/0/id", "unknown_reference"),
        (11, "bobs", "/body/subjects/0/images/0", "unknown_reference"),
        (12, "two-names", "/body/shifts/0", "invalid_request"),
        (13, "wide", "/body/width", "invalid_request"),
    ]
    assert "Line 1" in problem["errors"][2]["message"]
    batches.assert_nothing_exists()


def test_a_hundred_faults_are_told_and_all_are_counted(batches: Batches) -> None:
    """The answer stays small however bad the file is; no value that was sent is in it."""
    answer = batches.send(b'{"secret": "x", "custom_id": "' + b"y" * 300 + b'"}\n' * 1 + b'{"kind": "secret"}\n' * 400)
    problem = answer.json()
    assert (len(problem["errors"]), problem["error_count"]) == (100, 401)
    assert "secret" not in answer.text
    assert len(answer.content) < 20_000


def test_what_names_a_bad_line_is_not_blamed_for_it(batches: Batches, hands: Hands, base: str, alice: Customer) -> None:
    """One fault in the fine-tune, though two generations wait for it."""
    bad = training_line("train", hands, hands.upload(alice))
    bad["body"]["steps"] = 0
    after = [picture_line(name, base, shifts=[{"custom_id": "train"}]) for name in ("a", "b")]
    problem = batches.send(jsonl([*after, bad])).json()
    assert [(one["line"], one["pointer"]) for one in problem["errors"]] == [(3, "/body/steps")]


@pytest.mark.parametrize("file", [b"", b"\n\r\n  \n", b"\xef\xbb\xbf\n"])
def test_a_file_without_lines_is_no_batch(batches: Batches, file: bytes) -> None:
    """Nor is one of blank lines."""
    assert batches.send(file).json()["code"] == "empty_batch"


def test_the_file_may_come_from_any_editor(batches: Batches, base: str) -> None:
    """A byte order mark, carriage returns, blank lines and no end of the last line."""
    text = jsonl([picture_line("one", base), picture_line("two", base)]).replace(b"\n", b"\r\n")
    made = batches.send(b"\xef\xbb\xbf" + text.replace(b"\r\n", b"\r\n\r\n").rstrip()).json()
    assert made["lines"] == 2
    assert set(batches.jobs(made)) == {"one", "two"}


def test_a_batch_is_sent_as_lines(batches: Batches, base: str) -> None:
    """Any other type is refused before a byte is read; both names of the type are known."""
    file = jsonl([picture_line("one", base)])
    refused = batches.send(file, media_type="application/json")
    assert (refused.status_code, refused.json()["code"]) == (415, "wrong_media_type")
    assert batches.send(file, media_type="application/x-ndjson; charset=utf-8").status_code == 202


def test_a_repeated_upload_answers_the_same_batch(batches: Batches, base: str) -> None:
    """The file and the fields are what a key stands for; a fault is not remembered."""
    file = jsonl([picture_line("one", base)])
    assert batches.send(b"{}", key="k").status_code == 422
    first, again = batches.send(file, key="k"), batches.send(file, key="k")
    assert first.json() == again.json()
    assert len(batches.get("/v1/batches").json()["data"]) == 1
    for other in (batches.send(file + b"\n", key="k"), batches.send(file, key="k", name="n")):
        assert (other.status_code, other.json()["code"]) == (422, "idempotency_key_reused")


def test_a_batch_is_its_tenants_alone(batches: Batches, base: str, bob: Customer) -> None:
    """Another's is not there, whatever is asked of it."""
    made = batches.create([picture_line("one", base)])
    others = Batches(batches.client, bob)
    path = f"/v1/batches/{made['id']}"
    for answer in (others.get(path), others.get(path + "/results"), others.get(path + "/errors"), stop(others, made)):
        assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
    assert others.get("/v1/batches").json()["data"] == others.get("/v1/jobs", batch=made["id"]).json()["data"] == []
    assert batches.get("/v1/jobs", batch="bat_nonsense").status_code == 422


def stop(batches: Batches, batch: dict[str, Any], key: str | None = None) -> Response:
    """POST the cancel."""
    headers = batches.customer.headers | ({"Idempotency-Key": key} if key else {})
    return batches.client.post(f"/v1/batches/{batch['id']}/cancel", headers=headers)


def test_results_and_errors_land_line_by_line(
    batches: Batches, base: str, worker: Worker, database: Database, alice: Customer
) -> None:
    """What has ended so far, in the order of lines, with links that work; the rest after the last line read."""
    made = batches.create([picture_line(f"p{i}", base, seed=i, n=2) for i in range(1, 5)])
    assert batches.lines(made, "results") == batches.lines(made, "errors") == []
    worker.make_pictures(alice)
    failed = worker.claim(alice)
    with database.tenant(alice.id) as scope:
        ending.fail(scope, failed, {"code": "test", "detail": "Broken.", "retryable": False})
    worker.make_pictures(alice)
    results, (error,) = batches.lines(made, "results"), batches.lines(made, "errors")
    assert [(one["custom_id"], one["line"], one["status"]) for one in results] == [
        ("p1", 1, "succeeded"),
        ("p3", 3, "succeeded"),
    ]
    assert [one["seed"] for one in results[1]["result"]["images"]] == [3, 4]
    assert httpx.get(results[0]["result"]["images"][0]["url"]).content == picture("blue")
    assert "key" not in results[0]["result"]["images"][0]
    assert (error["custom_id"], error["line"], error["error"]["code"], error["result"]) == ("p2", 2, "test", None)
    assert [one["line"] for one in batches.lines(made, "results", after=1)] == [3]
    counts = batches.get(f"/v1/batches/{made['id']}").json()["counts"]
    assert (counts["succeeded"], counts["failed"], counts["queued"]) == (2, 1, 1)


def test_a_long_answer_is_read_in_pages(
    batches: Batches, base: str, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every line once, in order, with pages of two: full ones, and an empty one at the end."""
    monkeypatch.setattr(batch_results, "PAGE", 2)
    made = batches.create([picture_line(f"p{i}", base) for i in range(1, 5)])
    stop(batches, made)
    assert [one["line"] for one in batches.lines(made, "errors")] == [1, 2, 3, 4]
    assert [one["line"] for one in batches.lines(made, "errors", after=3)] == [4]


def test_a_batch_trains_and_then_generates(
    batches: Batches, hands: Hands, worker: Worker, database: Database, base: str, alice: Customer
) -> None:
    """The generation stands before the fine-tune that it names, waits for it, and gets the shift that it made."""
    shifts = [{"custom_id": "train", "weight": 0.5, "rank_limit": 3}]
    made = batches.create(
        [picture_line("use", base, shifts=shifts), training_line("train", hands, hands.upload(alice))]
    )
    jobs = batches.jobs(made)
    assert (jobs["use"]["status"], jobs["train"]["status"]) == ("blocked", "queued")
    assert jobs["use"]["spec"]["shifts"] == [{"fine_tune": jobs["train"]["id"], "weight": 0.5, "rank_limit": 3}]
    shift_id = worker.make_shift(alice)
    resolve_dependencies(database)
    use = batches.jobs(made)["use"]
    assert (use["status"], use["spec"]["shifts"]) == ("queued", [{"id": shift_id, "weight": 0.5, "rank_limit": 3}])
    worker.make_pictures(alice)
    assert [one["custom_id"] for one in batches.lines(made, "results")] == ["use", "train"]
    assert batches.lines(made, "results")[1]["result"]["shift"]["id"] == shift_id


def test_a_cancel_stops_the_whole(
    batches: Batches, base: str, worker: Worker, database: Database, alice: Customer
) -> None:
    """At once what waits; the running line at its next step. The batch ends when all of it has; then it is too late."""
    made = batches.create([picture_line(f"p{i}", base) for i in range(3)])
    running = worker.claim(alice)
    answer = stop(batches, made, key="k")
    assert (answer.status_code, answer.json()["status"]) == (200, "canceling")
    assert {state: n for state, n in answer.json()["counts"].items() if n} == {"canceling": 1, "canceled": 2}
    assert stop(batches, made, key="k").json() == stop(batches, made).json() == answer.json()
    end_finished(database)
    assert batches.get(f"/v1/batches/{made['id']}").json()["status"] == "canceling"
    with database.tenant(alice.id) as scope:
        ending.cancel(scope, running)
    assert continue_cancellations(database) == []
    end_finished(database)
    ended = batches.get(f"/v1/batches/{made['id']}").json()
    assert (ended["status"], ended["counts"]["canceled"]) == ("ended", 3)
    assert [one["status"] for one in batches.lines(made, "errors")] == ["canceled"] * 3
    assert stop(batches, made).json() == ended


def test_a_batch_that_ended_by_itself_cannot_be_canceled(
    batches: Batches, base: str, worker: Worker, database: Database, alice: Customer
) -> None:
    """409: there is nothing left to stop."""
    made = batches.create([picture_line("one", base)])
    worker.make_pictures(alice)
    end_finished(database)
    answer = stop(batches, made)
    assert (answer.status_code, answer.json()["code"]) == (409, "batch_ended")
