"""Jobs through a real slot: claimed, worked and ended."""

import io
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image
from sqlalchemy import func, select

from service.assets import artifacts
from service.jobs import commands, queries
from service.jobs.specs import WeightedShift
from service.tables import Artifact, Job, PriorSet, ShiftRow, Usage
from svdiff_core.shift.file import load
from tests.pictures import embedded_recipe
from tests.tiny_pipeline import write_tiny_pipeline
from tests.worker.conftest import Shop


def shift_bytes(shop: Shop, job: Job) -> bytes:
    """The file of the shift that a succeeded fine-tune made."""
    with shop.database.tenant(shop.customer.id) as scope:
        (artifact,) = artifacts.list_of_job(scope, job.id, "shift")
        return shop.store.get(artifact.object_key)


def pictures(shop: Shop, job: Job) -> list[Image.Image]:
    """The pictures of a succeeded generation."""
    assert job.result
    return [Image.open(io.BytesIO(shop.store.get(picture["key"]))) for picture in job.result["images"]]


def trained(shop: Shop, **recipe: Any) -> Job:
    """A fine-tune that has run undisturbed."""
    job = shop.fine_tune(**recipe)
    shop.slot().run_until_idle()
    job = shop.job(job)
    assert job.state == "succeeded", job.error
    return job


def trained_shift(shop: Shop, **recipe: Any) -> str:
    """The wire id of the shift that such a fine-tune made."""
    result = trained(shop, **recipe).result
    assert result
    return str(result["shift"]["id"])


def test_a_fine_tune_leaves_one_shift_and_nothing_to_resume_from(shop: Shop) -> None:
    """The shift is a row and a readable file; the training state is gone; the job is billed once."""
    job = trained(shop)
    shift = load(shift_bytes(shop, job))
    assert shift.metadata.base == job.fingerprint
    assert shift.metadata.words[0].token == "sks"
    assert any(np.abs(delta).max() > 0 for delta in shift.deltas.values())
    with shop.database.tenant(shop.customer.id) as scope:
        rows = scope.session.scalars(select(ShiftRow)).all()
        assert [row.fingerprint for row in rows] == [job.fingerprint]
        assert not artifacts.list_of_job(scope, job.id, "training_state")
        (usage,) = scope.session.scalars(select(Usage)).all()
        assert usage.device_seconds > 0


def test_progress_counts_training_steps_only(shop: Shop) -> None:
    """Loading and prior events leave step at 0; training counts from 1 to the end."""
    job = trained(shop)
    with shop.database.engine() as session:
        events = queries.list_events_after(session, {job.id: 0})
    progress = [event.data for event in events if event.type == "progress"]
    assert {p["step"] for p in progress if p["phase"] in {"loading", "prior"}} == {0}
    assert [p["step"] for p in progress if p["phase"] == "training"] == list(range(1, 9))
    assert [event.seq for event in events] == list(range(1, len(events) + 1))


def test_the_same_fine_tune_twice_gives_the_same_bytes(shop: Shop) -> None:
    """Seeded: two jobs with the same seed, pictures and recipe make bit-equal shifts."""
    assert shift_bytes(shop, trained(shop)) == shift_bytes(shop, trained(shop))


def test_two_fine_tunes_of_one_class_share_one_prior_set(shop: Shop) -> None:
    """Prior pictures belong to the deployment and are made once."""
    prompt = "a picture of a dog"
    trained(shop, seed=1, class_prompt=prompt)
    with shop.database.engine() as session:
        before = session.scalar(select(func.count()).select_from(PriorSet))
    trained(shop, seed=2, class_prompt=prompt)
    with shop.database.engine() as session:
        assert session.scalar(select(func.count()).select_from(PriorSet)) == before


def test_a_generation_carries_its_recipe_and_can_be_made_again_bit_for_bit(shop: Shop) -> None:
    """Two jobs of one spec give equal pixels; each picture names prompt, seed, shifts and base."""
    shift_id = trained_shift(shop)
    jobs = [shop.generation(((shift_id, 1.0),)) for _ in range(2)]
    shop.slot().run_until_idle()
    first, again = (pictures(shop, shop.job(job)) for job in jobs)
    assert [a.tobytes() for a in first] == [b.tobytes() for b in again]
    assert first[0].tobytes() != first[1].tobytes()
    recipe = embedded_recipe(first[1])
    assert recipe["seed"] == 6
    assert recipe["shifts"] == [{"id": shift_id, "weight": 1.0}]
    assert recipe["prompt"] == "a photo of a sks dog"


def test_a_shift_of_weight_zero_is_the_base(shop: Shop) -> None:
    """With weight 0 the pictures are the base's, bit for bit; with weight 1 they are not."""
    shift_id = trained_shift(shop, learning_rate=0.1)
    jobs = [shop.generation(shifts) for shifts in ((), ((shift_id, 0.0),), ((shift_id, 1.0),))]
    shop.slot().run_until_idle()
    plain, zero, whole = (pictures(shop, shop.job(job))[0].tobytes() for job in jobs)
    assert plain == zero
    assert plain != whole


def test_shifts_may_begin_after_the_first_steps(shop: Shop) -> None:
    """The pictures are then between those of the shift and those of the base, and say when it began."""
    shift_id = trained_shift(shop, learning_rate=0.1)
    jobs = [shop.generation(((shift_id, 1.0),), shift_start=start) for start in (None, 0.5)] + [shop.generation()]
    shop.slot().run_until_idle()
    whole, late, base = (pictures(shop, shop.job(job))[0] for job in jobs)
    assert len({one.tobytes() for one in (whole, late, base)}) == 3
    starts = [embedded_recipe(one)["shift_start"] for one in (whole, late)]
    assert starts == [0.0, 0.5]


def test_style_mixing_with_the_same_shift_twice_is_the_shift(shop: Shop) -> None:
    """Geometry layers from one and the rest from its twin make the twin's pictures; from another, they do not."""
    twins = [trained_shift(shop, learning_rate=0.1, seed=seed) for seed in (1, 1, 2)]
    mixtures = [
        (
            WeightedShift(id=geometry, weight=1.0, layers="geometry"),
            WeightedShift(id=rest, weight=1.0, layers="rest"),
        )
        for geometry, rest in ((twins[0], twins[1]), (twins[0], twins[2]), (twins[2], twins[0]))
    ]
    jobs = [shop.generation(((twins[0], 1.0),)), *map(shop.generation, mixtures)]
    shop.slot().run_until_idle()
    whole, same, mixed, other_way = (pictures(shop, shop.job(job))[0] for job in jobs)
    assert whole.tobytes() == same.tobytes()
    assert len({one.tobytes() for one in (whole, mixed, other_way)}) == 3
    recipe = embedded_recipe(mixed)
    assert [shift["layers"] for shift in recipe["shifts"]] == ["geometry", "rest"]


def test_a_part_of_a_shift_is_between_the_base_and_the_whole(shop: Shop) -> None:
    """No block and no rank make the base's picture, all of them the whole one's; what lies between is neither."""
    shift_id = trained_shift(shop, learning_rate=0.1)
    nothing = dict.fromkeys(("down", "mid", "up", "other", "text_encoder"), 0.0)
    uses: list[dict[str, Any]] = [
        {"blocks": nothing},
        {"rank_limit": 10_000},
        {"rank_limit": 1},
        {"subset": "CA-KV"},
        {"blocks": {"up": 0.5}},
    ]
    jobs = [shop.generation((WeightedShift(id=shift_id, weight=1.0, **use),)) for use in uses]
    jobs += [shop.generation(), shop.generation(((shift_id, 1.0),))]
    shop.slot().run_until_idle()
    none, every, *parts, base, whole = (pictures(shop, shop.job(job))[0].tobytes() for job in jobs)
    assert (none, every) == (base, whole)
    assert len({base, whole, *parts}) == 5


def test_a_training_that_diverges_fails_and_stores_nothing(
    shop: Shop, register_base: Callable[[str, Path], None], tmp_path: Path
) -> None:
    """A non-finite loss ends as training_diverged after one attempt, with no shift and no artifact."""
    from safetensors.torch import load_file, save_file

    folder = write_tiny_pipeline(tmp_path / "broken")
    weights = folder / "unet" / "diffusion_pytorch_model.safetensors"
    tensors = load_file(weights)
    tensors["conv_out.bias"].fill_(float("nan"))
    save_file(tensors, weights, metadata={"format": "pt"})
    register_base("broken", folder)
    job = shop.fine_tune(base="broken", prior_loss_weight=0.0)
    shop.slot().run_until_idle()
    job = shop.job(job)
    assert (job.state, job.attempt) == ("failed", 1)
    assert job.error
    assert job.error["code"] == "training_diverged"
    with shop.database.tenant(shop.customer.id) as scope:
        assert not scope.session.scalars(select(ShiftRow)).all()
        assert not scope.session.scalars(select(Artifact).where(Artifact.job_id == job.id)).all()


def wait_for_step(shop: Shop, job: Job, step: int) -> None:
    """Until the running job has told this many steps."""
    deadline = time.monotonic() + 60
    while shop.job(job).step < step:
        assert time.monotonic() < deadline, shop.job(job).state
        time.sleep(0.01)


def test_a_canceled_fine_tune_stops_at_a_step_and_leaves_nothing(shop: Shop) -> None:
    """Cancel while it trains: canceled soon, no shift, no state, the base as it was."""
    job = shop.fine_tune(steps=2000)
    slot = shop.slot()
    thread = threading.Thread(target=slot.run_until_idle)
    thread.start()
    wait_for_step(shop, job, 4)
    with shop.database.tenant(shop.customer.id) as scope:
        assert commands.cancel(scope, job.id).state == "canceling"
    slot.jobs_changed(frozenset({job.id}))
    thread.join(timeout=10)
    job = shop.job(job)
    assert job.state == "canceled"
    assert job.step < 2000
    with shop.database.tenant(shop.customer.id) as scope:
        assert not scope.session.scalars(select(Artifact).where(Artifact.job_id == job.id)).all()
    plain = shop.generation()
    slot.run_until_idle()
    other = shop.generation()
    shop.slot().run_until_idle()
    one, two = (pictures(shop, shop.job(made))[0].tobytes() for made in (plain, other))
    assert one == two


def test_a_handed_over_fine_tune_ends_as_its_undisturbed_twin(shop: Shop) -> None:
    """Stopped at a step as by SIGTERM, taken up by another worker: not counted as an attempt, the tensors are equal."""
    twin = load(shift_bytes(shop, trained(shop, steps=12)))
    job = shop.fine_tune(steps=12)
    first = shop.slot()
    thread = threading.Thread(target=first.run_until_idle)
    thread.start()
    wait_for_step(shop, job, 4)
    first.stop()
    thread.join(timeout=30)
    waiting = shop.job(job)
    assert (waiting.state, waiting.attempt) == ("queued", 0)
    shop.slot().run_until_idle()
    done = shop.job(job)
    assert (done.state, done.attempt) == ("succeeded", 1)
    resumed = load(shift_bytes(shop, done))
    assert resumed.deltas.keys() == twin.deltas.keys()
    assert all(np.array_equal(resumed.deltas[name], twin.deltas[name]) for name in twin.deltas)
    with shop.database.engine() as session:
        steps = [
            e.data["step"] for e in queries.list_events_after(session, {job.id: 0}) if e.data.get("phase") == "training"
        ]
    assert steps.count(1) == 1, "the second worker began anew"


def test_a_paused_fine_tune_frees_the_device_and_goes_on_where_it_stopped(shop: Shop) -> None:
    """Paused within a step of the word, resumed by another worker, its tensors equal to its undisturbed twin's."""
    twin = load(shift_bytes(shop, trained(shop, steps=12)))
    job = shop.fine_tune(steps=12)
    slot = shop.slot()
    thread = threading.Thread(target=slot.run_until_idle)
    thread.start()
    wait_for_step(shop, job, 4)
    with shop.database.tenant(shop.customer.id) as scope:
        assert commands.pause(scope, job.id).state == "pausing"
    slot.jobs_changed(frozenset({job.id}))
    thread.join(timeout=30)
    paused = shop.job(job)
    assert (paused.state, paused.attempt, paused.worker) == ("paused", 0, None)
    slot.run_until_idle()
    assert shop.job(job).state == "paused"
    with shop.database.tenant(shop.customer.id) as scope:
        commands.resume(scope, job.id)
    shop.slot().run_until_idle()
    resumed = load(shift_bytes(shop, shop.job(job)))
    assert all(np.array_equal(resumed.deltas[name], twin.deltas[name]) for name in twin.deltas)
    with shop.database.engine() as session:
        told = queries.list_events_after(session, {job.id: 0})
    steps = [e.data["step"] for e in told if e.data.get("phase") == "training"]
    assert steps.count(1) == 1, "it began anew"
    assert [e.type for e in told if e.type != "progress"] == [
        *("queued", "running", "pausing", "paused", "resumed", "running", "succeeded"),
    ]


def test_an_internal_error_is_retried_and_then_ends_the_job(shop: Shop) -> None:
    """A picture that the store has lost: requeued with back-off, failed after the last attempt, with a code."""
    job = shop.fine_tune()
    with shop.database.tenant(shop.customer.id) as scope:
        for artifact in scope.session.scalars(select(Artifact).where(Artifact.kind == "upload")):
            shop.store.delete(artifact.object_key)
    slot = shop.slot()
    deadline = time.monotonic() + 30
    while shop.job(job).state != "failed":
        assert time.monotonic() < deadline
        slot.run_until_idle()
        time.sleep(0.05)
    job = shop.job(job)
    assert job.attempt == 2
    assert job.error == {
        "code": "internal",
        "detail": "Internal error in every attempt, the last time ObjectMissing.",
        "retryable": True,
    }
