"""A batch through a real slot: from the client's file to the lines of its results."""

import io
import json
import time
from typing import Any
from uuid import UUID

import httpx
import pytest
from PIL import Image
from sqlalchemy import select

from api.schemas.batch import batch_line
from api.uploads.batch_file import BatchFile
from service.assets import images
from service.batches.check import check
from service.batches.create import BatchRequest, create
from service.batches.ending import end_finished
from service.batches.line_errors import InvalidBatch
from service.batches.queries import FAILED, SUCCEEDED, count_states, list_ended_lines
from service.enums import JobState
from service.ids import to_wire
from service.tables import Job, ShiftRow
from tests.pictures import png
from tests.worker.conftest import BASE, Shop

Line = dict[str, Any]


def send(shop: Shop, *lines: Line) -> UUID:
    """A batch that was accepted."""
    file = io.BytesIO(b"".join(json.dumps(line).encode() + b"\n" for line in lines))
    source, tenant_id = BatchFile(file, 10_000, ("svdiff", "lora")), shop.customer.id
    survey = check(shop.database, tenant_id, source, 100, frozenset())
    with shop.database.tenant(tenant_id) as scope:
        return create(scope, BatchRequest(None, "0" * 64, None), survey, source).id


def training(shop: Shop, custom_id: str, **recipe: Any) -> Line:
    """A line that trains on two pictures."""
    with shop.database.tenant(shop.customer.id) as scope:
        added = [images.create(scope, shop.store, images.decode(png(c), shop.settings)) for c in ("tan", "brown")]
    subject = {
        "images": [to_wire("img", image.id) for image in added],
        "instance_prompt": "a photo of a sks dog",
        "class_prompt": "a photo of a dog",
    }
    return {"custom_id": custom_id, "kind": "fine_tune", "body": {"base": BASE, "subjects": [subject]} | recipe}


def drawing(custom_id: str, *shifts: Line, **body: Any) -> Line:
    """A line that wants a picture."""
    asked = {"base": BASE, "prompt": "a photo of a sks dog", "seed": 3, "shifts": list(shifts)}
    return {"custom_id": custom_id, "kind": "generation", "body": asked | body}


def told(shop: Shop, batch_id: UUID, states: frozenset[JobState]) -> dict[str, Line]:
    """The lines that ended in one of the states, as a client reads them, by their names."""
    with shop.database.tenant(shop.customer.id) as scope:
        rows = list_ended_lines(scope, batch_id, states, after=0, limit=100)
    return {row.custom_id or "": json.loads(batch_line(row, shop.store.link)) for row in rows}


def test_a_line_draws_with_the_lora_that_another_trains(shop: Shop) -> None:
    """Alone and scaled it is taken; beside another shift, or in part, the batch is refused with the line's place."""
    train, other = training(shop, "train", method="lora", rank=2, learning_rate=0.02), training(shop, "other")
    lora = {"custom_id": "train", "weight": 2.0}
    batch_id = send(shop, drawing("with", lora), train, drawing("plain"))
    shop.slot().run_until_idle()
    end_finished(shop.database)
    results = told(shop, batch_id, SUCCEEDED)
    assert list(results) == ["with", "train", "plain"]
    product = results["train"]["result"]["shift"]["id"]
    urls = [results[name]["result"]["images"][0]["url"] for name in ("with", "plain")]
    first, second = (Image.open(io.BytesIO(httpx.get(url).content)).tobytes() for url in urls)
    assert first != second
    both, part = drawing("both", {"custom_id": "other"}, lora), drawing("part", {"id": product, "subset": "CA"})
    with pytest.raises(InvalidBatch) as refused:
        send(shop, both, train, part, other)
    assert [(fault.line, fault.pointer, fault.code) for fault in refused.value.faults] == [
        (1, "/body/shifts/1/custom_id", "not_mixable"),
        (3, "/body/shifts/0/subset", "not_mixable"),
    ]


def test_a_batch_trains_and_then_generates_with_what_it_trained(shop: Shop) -> None:
    """Named before and after its line, alone and beside another: each picture is what a job on the shift makes."""
    one, two = {"custom_id": "train-1"}, {"custom_id": "train-2", "weight": 0.5}
    batch_id = send(
        shop,
        drawing("with", one),
        training(shop, "train-1", seed=1),
        drawing("both", one | {"weight": 0.5}, two, mode="interpolate"),
        training(shop, "train-2", seed=2),
        drawing("plain"),
    )
    slot = shop.slot()
    slot.run_until_idle()
    assert end_finished(shop.database) == 1
    results = told(shop, batch_id, SUCCEEDED)
    assert list(results) == ["with", "train-1", "both", "train-2", "plain"]
    shift = results["train-1"]["result"]["shift"]["id"]
    with shop.database.tenant(shop.customer.id) as scope:
        assert {to_wire("shf", row.id) for row in scope.session.scalars(select(ShiftRow))} == {
            results[name]["result"]["shift"]["id"] for name in ("train-1", "train-2")
        }
    again = shop.generation(((shift, 1.0),), n=1, seed=3)
    slot.run_until_idle()
    assert picture(shop, job_of(shop, batch_id, "with")) == picture(shop, shop.job(again))
    assert picture(shop, job_of(shop, batch_id, "with")) != picture(shop, job_of(shop, batch_id, "plain"))


def test_edits_of_one_picture_in_a_batch_train_once(shop: Shop) -> None:
    """The second line uses what the first has learned; an unknown picture is a fault of its line."""
    with shop.database.tenant(shop.customer.id) as scope:
        image = to_wire("img", images.create(scope, shop.store, images.decode(png("tan"), shop.settings)).id)
    body: Line = {"base": BASE, "image": image, "description": "a dog", "training": {"steps": 4}, "refinements": 0}
    lines: list[Line] = [
        {"custom_id": prompt, "kind": "edit", "body": body | {"prompts": [prompt]}} for prompt in ("a cat", "a panda")
    ]
    with pytest.raises(InvalidBatch) as refused:
        send(shop, lines[0], {**lines[1], "body": {**lines[1]["body"], "image": "img_" + "0" * 26}})
    assert [(one.line, one.pointer) for one in refused.value.faults] == [(2, "/body/image")]
    batch_id = send(shop, *lines)
    shop.slot().run_until_idle()
    assert end_finished(shop.database) == 1
    results = told(shop, batch_id, SUCCEEDED)
    shifts = [results[prompt]["result"]["shift"] for prompt in ("a cat", "a panda")]
    assert [shift["trained"] for shift in shifts] == [True, False]
    assert shifts[0]["id"] == shifts[1]["id"]
    assert [one["prompt"] for one in results["a panda"]["result"]["images"]] == ["a panda"]


def job_of(shop: Shop, batch_id: UUID, custom_id: str) -> Job:
    """The job of the batch's line of this name."""
    with shop.database.tenant(shop.customer.id) as scope:
        return scope.session.scalars(select(Job).where(Job.batch_id == batch_id, Job.custom_id == custom_id)).one()


def picture(shop: Shop, job: Job) -> bytes:
    """The pixels of the job's picture; its file names the shift's weight and more."""
    from PIL import Image

    assert job.result
    return Image.open(io.BytesIO(shop.store.get(job.result["images"][0]["key"]))).tobytes()


def test_what_waits_for_a_training_that_fails_is_failed_and_says_why(shop: Shop) -> None:
    """A picture of the training is gone from the store: its dependent names its job, and the other line is made."""
    bad = training(shop, "train")
    batch_id = send(shop, drawing("with", {"custom_id": "train"}), bad, drawing("plain"))
    with shop.database.tenant(shop.customer.id) as scope:
        key = images.get_object_key(scope, images.list_page(scope, limit=1, after=None).rows[0].id)
    shop.store.delete(key)
    slot, deadline = shop.slot(), time.monotonic() + 30
    while end_finished(shop.database) == 0:
        assert time.monotonic() < deadline
        slot.run_until_idle()
    errors = told(shop, batch_id, FAILED)
    assert set(told(shop, batch_id, SUCCEEDED)) == {"plain"}
    assert errors["with"]["error"]["code"] == "dependency_failed"
    assert errors["with"]["error"]["job"] == errors["train"]["job"]
    with shop.database.engine() as session:
        ends = count_states(session, batch_id)
    assert (ends[JobState.FAILED], ends[JobState.SUCCEEDED]) == (2, 1)
