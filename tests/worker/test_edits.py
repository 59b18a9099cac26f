"""Edits through a real slot: trained once, sampled under each prompt, kept for the next."""

import io
import threading
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from PIL import Image
from sqlalchemy import func, select

from service.assets import artifacts, images, shifts, singular_values
from service.ids import from_wire, to_wire
from service.jobs import commands, queries
from service.requests.edits import EditRequest, EditTrainingRequest, submit
from service.tables import EditShift, Job, ShiftRow
from svdiff_core.shift.comparison import compare
from svdiff_core.shift.file import load
from tests.conftest import new_customer
from tests.pictures import embedded_recipe, png
from tests.worker.conftest import BASE, Shop
from tests.worker.test_jobs_end_to_end import wait_for_step
from worker.slot import Slot

DESCRIPTION = "a photo of a dog"
PROMPTS = ("a photo of a red cat", "a dog in the snow")


def upload(shop: Shop, data: bytes) -> str:
    """The id of an uploaded picture."""
    with shop.database.tenant(shop.customer.id) as scope:
        return to_wire("img", images.create(scope, shop.store, images.decode(data, shop.settings)).id)


def edit(shop: Shop, image: str | None = None, training: dict[str, Any] | None = None, **changes: Any) -> Job:
    """Queue edits of a picture; of the same bytes each time, where no other is given."""
    asked: dict[str, Any] = {
        "description": DESCRIPTION,
        "prompts": PROMPTS,
        "refinements": 1,
        "seed": 5,
    }
    image = image or upload(shop, png("olive"))
    request = EditRequest(
        base=BASE, image=image, training=EditTrainingRequest(**({"steps": 6} | (training or {}))), **(asked | changes)
    )
    with shop.database.tenant(shop.customer.id) as scope:
        return submit(scope, request)


def ended(shop: Shop, job: Job) -> dict[str, Any]:
    """The result of a job after the slot has run."""
    shop.slot().run_until_idle()
    job = shop.job(job)
    assert job.state == "succeeded", job.error
    assert job.result
    return job.result


def trainings(shop: Shop, job: Job) -> int:
    """How many training steps the job has told."""
    return len(trained(shop, job))


def trained(shop: Shop, job: Job) -> list[int]:
    """The training steps that the job has told, in the order of its events."""
    with shop.database.engine() as session:
        events = queries.list_events_after(session, {job.id: 0})
    return [event.data["step"] for event in events if event.data.get("phase") == "training"]


def pixels(shop: Shop, result: dict[str, Any]) -> list[bytes]:
    """Those of the result's pictures."""
    return [Image.open(io.BytesIO(shop.store.get(one["key"]))).tobytes() for one in result["images"]]


def test_an_edit_trains_once_and_makes_a_picture_of_each_prompt(shop: Shop) -> None:
    """Training counts, then sampling there and back; pictures name their prompt and seed; nothing is left to resume."""
    job = edit(shop)
    result = ended(shop, job)
    assert [(one["prompt"], one["seed"]) for one in result["images"]] == [(PROMPTS[0], 5), (PROMPTS[1], 6)]
    assert result["shift"]["trained"] is True
    assert result["shift"]["name"] == DESCRIPTION
    assert len(set(pixels(shop, result))) == 2
    with shop.database.engine() as session:
        told = [event.data for event in queries.list_events_after(session, {job.id: 0}) if event.type == "progress"]
    assert [one["step"] for one in told if one["phase"] == "training"] == [1, 2, 3, 4, 5, 6]
    assert [one["step"] for one in told if one["phase"] == "sampling"] == [1, 2, 3, 4, 5, 6]
    recipe = embedded_recipe(Image.open(io.BytesIO(shop.store.get(result["images"][1]["key"]))))
    assert (recipe["prompts"], recipe["seed"], recipe["description"]) == ([PROMPTS[1]], 6, DESCRIPTION)
    with shop.database.tenant(shop.customer.id) as scope:
        assert not artifacts.list_of_job(scope, job.id, "training_state")


def test_a_worker_publishes_the_singular_values_of_the_base_that_it_used(shop: Shop) -> None:
    """As the base's factors have them; the API compares with them."""
    job = edit(shop)
    slot = shop.slot()
    slot.run_until_idle()
    with shop.database.app() as session:
        sigmas = singular_values.load(session, shop.store, job.fingerprint)
    assert sigmas is not None
    with shop.database.tenant(shop.customer.id) as scope:
        row = shifts.get(scope, from_wire("shf", (shop.job(job).result or {})["shift"]["id"]))
        shift = load(shop.store.get(shifts.get_file(scope, row).object_key))
    assert sigmas.keys() < shift.deltas.keys()
    assert all(len(shift.deltas[name]) == len(sigma) for name, sigma in sigmas.items())
    assert all((np.diff(sigma) <= 0).all() and (sigma >= 0).all() for sigma in sigmas.values())
    assert compare(shift, shift, sigmas).clipped is not None


def test_a_later_edit_of_the_same_picture_does_not_train(shop: Shop) -> None:
    """The same bytes uploaded anew, other prompts and settings: the same shift, no step of training, less charged."""
    first = edit(shop)
    shift = ended(shop, first)["shift"]
    again = edit(shop, prompts=("a picture of a panda",), guidance=5.0, seed=9)
    assert again.estimate_seconds < first.estimate_seconds
    assert (first.priority, again.priority) == ("training", "interactive")
    told = ended(shop, again)["shift"]
    assert told == shift | {"trained": False}
    assert trainings(shop, again) == 0
    with shop.database.tenant(shop.customer.id) as scope:
        assert scope.session.scalar(select(func.count()).select_from(ShiftRow)) == 1


def test_the_same_edit_makes_the_same_pictures_with_the_shift_kept_or_new(shop: Shop) -> None:
    """Seeded from end to end."""
    first, kept = edit(shop), edit(shop)
    result = ended(shop, first)
    assert pixels(shop, result) == pixels(shop, ended(shop, kept))
    with shop.database.tenant(shop.customer.id) as scope:
        shifts.delete(scope, from_wire("shf", result["shift"]["id"]))
    anew = ended(shop, edit(shop))
    assert anew["shift"]["trained"] is True
    assert pixels(shop, anew) == pixels(shop, result)


@pytest.mark.parametrize(
    "change",
    [
        lambda shop: edit(shop, image=upload(shop, png("navy"))),
        lambda shop: edit(shop, description="a picture of a dog"),
        lambda shop: edit(shop, training={"learning_rate": 0.02}),
        lambda shop: edit(shop, training={"seed": 1}),
    ],
)
def test_another_picture_description_or_training_learns_its_own_shift(
    shop: Shop, change: Callable[[Shop], Job]
) -> None:
    """What makes the shift is what finds it."""
    first = ended(shop, edit(shop))["shift"]
    other = ended(shop, change(shop))["shift"]
    assert other["trained"] is True
    assert other["id"] != first["id"]


def test_another_tenants_edit_of_an_equal_picture_trains_its_own(shop: Shop) -> None:
    """Nothing tells one tenant what another has edited."""
    theirs = ended(shop, edit(shop))["shift"]
    neighbor = Shop(shop.settings, shop.database, new_customer(shop.database, shop.settings))
    job = edit(neighbor)
    own = ended(neighbor, job)["shift"]
    assert own["trained"] is True
    assert own["id"] != theirs["id"]
    assert trainings(neighbor, job) == 6
    for one, customer in ((theirs, shop.customer), (own, neighbor.customer)):
        with shop.database.tenant(customer.id) as scope:
            assert [to_wire("shf", row.id) for row in scope.session.scalars(select(ShiftRow))] == [one["id"]]
            assert len(scope.session.scalars(select(EditShift)).all()) == 1
    neighbor.notifier.close()


def warm(shop: Shop, slot: Slot) -> None:
    """Have the slot do some work, for which it loads the base."""
    job = shop.generation()
    slot.run_until_idle()
    assert shop.job(job).state == "succeeded"


def test_of_two_edits_at_once_one_stored_shift_is_kept(shop: Shop) -> None:
    """Both train and succeed, with equal pictures and a shift each; later edits use the one that was kept."""
    slots = [shop.slot() for _ in range(2)]
    for slot in slots:  # so that both have the base when they start
        warm(shop, slot)
    jobs = [edit(shop, training={"steps": 60}, image=upload(shop, png("coral"))) for _ in slots]
    threads = [threading.Thread(target=slot.run_until_idle) for slot in slots]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    first, second = map(shop.job, jobs)
    assert (first.state, second.state) == ("succeeded", "succeeded")
    assert first.result
    assert second.result
    times = [(job.started_at, job.ended_at) for job in (first, second) if job.started_at and job.ended_at]
    assert len(times) == 2
    assert max(start for start, _ in times) < min(end for _, end in times)
    assert [trained(shop, job) for job in jobs] == [list(range(1, 61))] * 2
    assert first.result["shift"]["trained"] is second.result["shift"]["trained"] is True
    assert pixels(shop, first.result) == pixels(shop, second.result)
    shifts = {shift["id"]: shift for shift in (first.result["shift"], second.result["shift"])}
    (kept,) = kept_shifts(shop)
    assert stored_shifts(shop) == shifts.keys()
    later = ended(shop, edit(shop, training={"steps": 60}, image=upload(shop, png("coral"))))["shift"]
    assert later == shifts[kept] | {"trained": False}
    assert stored_shifts(shop) == shifts.keys()
    assert kept_shifts(shop) == [kept]


def stored_shifts(shop: Shop) -> set[str]:
    """The ids of all shifts."""
    with shop.database.tenant(shop.customer.id) as scope:
        return {to_wire("shf", row.id) for row in scope.session.scalars(select(ShiftRow))}


def kept_shifts(shop: Shop) -> list[str]:
    """The ids of the shifts that later edits of the same pictures use."""
    with shop.database.tenant(shop.customer.id) as scope:
        return [to_wire("shf", row.shift_id) for row in scope.session.scalars(select(EditShift))]


def test_progress_counts_training_before_sampling(shop: Shop) -> None:
    """Its length is the training's from the start, loading included; an edit that needs none starts with sampling's."""
    job = edit(shop, training={"steps": 7})
    assert job.steps == 7
    ended(shop, job)
    known = edit(shop, training={"steps": 7}, steps=5)
    assert (known.steps, edit(shop, training={"steps": 7}, steps=5, inversion=False).steps) == (10, 5)
    ended(shop, known)
    assert lengths(shop, job) == {"loading": {7}, "training": {7}, "sampling": {6}, "saving": {6}}
    assert lengths(shop, known) == {"loading": {10}, "sampling": {10}, "saving": {10}}


def lengths(shop: Shop, job: Job) -> dict[str, set[int]]:
    """What each phase of a job has told as its number of steps; of saving, the last."""
    with shop.database.engine() as session:
        told = [event.data for event in queries.list_events_after(session, {job.id: 0}) if event.type == "progress"]
    found = {one["phase"]: {two["steps"] for two in told if two["phase"] == one["phase"]} for one in told}
    return found | {"saving": {told[-1]["steps"]}}


def test_a_paused_edit_goes_on_where_its_training_stopped(shop: Shop) -> None:
    """Its shift is its undisturbed twin's, bit for bit, and no step is trained twice."""
    twin = ended(shop, edit(shop, training={"steps": 120}, image=upload(shop, png("teal"))))["shift"]
    with shop.database.tenant(shop.customer.id) as scope:
        twin_row = shifts.get(scope, from_wire("shf", twin["id"]))
        expected = load(shop.store.get(shifts.get_file(scope, twin_row).object_key))
        shifts.delete(scope, twin_row.id)
    job = edit(shop, training={"steps": 120}, image=upload(shop, png("teal")))
    slot = shop.slot()
    thread = threading.Thread(target=slot.run_until_idle)
    thread.start()
    wait_for_step(shop, job, 4)
    with shop.database.tenant(shop.customer.id) as scope:
        commands.pause(scope, job.id)
    slot.jobs_changed(frozenset({job.id}))
    thread.join(timeout=30)
    assert shop.job(job).state == "paused"
    with shop.database.tenant(shop.customer.id) as scope:
        commands.resume(scope, job.id)
    result = ended(shop, job)
    told = trained(shop, job)
    assert told == sorted(set(told))
    assert (told[0], told[-1]) == (1, 120)
    with shop.database.tenant(shop.customer.id) as scope:
        row = shifts.get(scope, from_wire("shf", result["shift"]["id"]))
        resumed = load(shop.store.get(shifts.get_file(scope, row).object_key))
    assert all(np.array_equal(resumed.deltas[name], delta) for name, delta in expected.deltas.items())


def test_a_canceled_edit_leaves_nothing(shop: Shop) -> None:
    """No shift, no picture, no state."""
    job = edit(shop, training={"steps": 2000})
    slot = shop.slot()
    thread = threading.Thread(target=slot.run_until_idle)
    thread.start()
    wait_for_step(shop, job, 4)
    with shop.database.tenant(shop.customer.id) as scope:
        commands.cancel(scope, job.id)
    slot.jobs_changed(frozenset({job.id}))
    thread.join(timeout=10)
    assert shop.job(job).state == "canceled"
    with shop.database.tenant(shop.customer.id) as scope:
        assert not scope.session.scalars(select(ShiftRow)).all()
        assert not scope.session.scalars(select(EditShift)).all()
        assert not any(artifacts.list_of_job(scope, job.id, kind) for kind in ("training_state", "shift", "picture"))


def test_each_parameter_of_an_edit_reaches_the_pictures(shop: Shop) -> None:
    """Inversion, slerp, η, guidance, negative prompt and steps: no two make the same picture."""
    changes: list[dict[str, Any]] = [
        {},
        {"inversion": False},
        {"slerp": 0.5},
        {"eta": 0.5},
        {"guidance": 6.0},
        {"negative_prompt": "snow"},
        {"steps": 5},
        {"refinements": 0},
    ]
    jobs = [edit(shop, prompts=PROMPTS[:1], **change) for change in changes]
    shop.slot().run_until_idle()
    made = {tuple(pixels(shop, shop.job(job).result or {})) for job in jobs}
    assert len(made) == len(changes)
