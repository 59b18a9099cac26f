"""Pictures that a training draws on its way: they are told once, and change nothing."""

import io
from collections.abc import Callable, Iterable
from typing import Any
from uuid import UUID

import numpy as np
import pytest
from PIL import Image
from sqlalchemy import update

from service.assets import artifacts
from service.errors import Unavailable
from service.infra.broker import Notifier
from service.infra.object_store import ObjectStore
from service.jobs import commands, queries
from service.jobs.attempt import SAMPLE, record_samples
from service.jobs.claim import claim
from service.jobs.transitions import LostLease
from service.settings import Settings
from service.tables import Artifact, Job, JobEvent
from svdiff_core.shift.file import load
from tests.pictures import embedded_recipe
from tests.worker.conftest import Shop
from tests.worker.test_jobs_end_to_end import shift_bytes, trained
from worker.slot import Slot

PROMPTS = ("a photo of a sks dog", "a photo of a sks dog in the snow")


def samples(shop: Shop, job: Job) -> list[Artifact]:
    """What the job has drawn, in order."""
    with shop.database.tenant(shop.customer.id) as scope:
        return list(artifacts.list_of_job(scope, job.id, SAMPLE))


def events(shop: Shop, job: Job) -> list[JobEvent]:
    """The job's history."""
    with shop.database.engine() as session:
        return list(queries.list_events_after(session, {job.id: 0}))


def drawn(shop: Shop, job: Job) -> list[dict[str, Any]]:
    """The data of the job's sample events."""
    return [event.data for event in events(shop, job) if event.type == SAMPLE]


def picture(shop: Shop, artifact: Artifact) -> Image.Image:
    """An artifact as a picture."""
    return Image.open(io.BytesIO(shop.store.get(artifact.object_key)))


@pytest.mark.parametrize("text_encoder", [True, False])
def test_a_training_that_draws_ends_bit_for_bit_as_one_that_does_not(shop: Shop, text_encoder: bool) -> None:  # noqa: FBT001 — a parameter of the test
    """The same file: drawing takes nothing from the training's random draws, and leaves its weights alone."""
    plain = trained(shop, steps=6, text_encoder=text_encoder)
    drawing = trained(shop, steps=6, text_encoder=text_encoder, sample_every=1, sample_prompts=PROMPTS)
    assert len(drawn(shop, drawing)) == 6
    assert shift_bytes(shop, drawing) == shift_bytes(shop, plain)


def test_samples_are_told_with_their_pictures(shop: Shop) -> None:
    """At the steps asked for, a picture of each prompt, with fixed seeds; event, row, object and recipe agree."""
    job = trained(shop, seed=20, steps=7, sample_every=3, sample_prompts=PROMPTS)
    told, kept = drawn(shop, job), samples(shop, job)
    assert [data["step"] for data in told] == [3, 6]
    for data in told:
        assert [(image["prompt"], image["seed"]) for image in data["images"]] == list(
            zip(PROMPTS, (20, 21), strict=True)
        )
        assert all((image["width"], image["height"]) == (32, 32) for image in data["images"])
    assert [image["key"] for data in told for image in data["images"]] == [one.object_key for one in kept]
    pictures = [picture(shop, one) for one in kept]
    assert {one.size for one in pictures} == {(32, 32)}
    recipe = embedded_recipe(pictures[0])
    assert (recipe["prompt"], recipe["seed"], recipe["training_step"]) == (PROMPTS[0], 20, 3)
    assert (recipe["base"], recipe["fingerprint"]) == ("tiny", job.fingerprint)


def test_a_sample_shows_the_shift_of_its_step(shop: Shop) -> None:
    """Another step draws another picture from the same seed; the same training draws the same pictures again."""
    first = [picture(shop, one) for one in samples(shop, trained(shop, steps=8, sample_every=4))]
    again = [picture(shop, one) for one in samples(shop, trained(shop, steps=8, sample_every=4))]
    assert [one.tobytes() for one in first] == [one.tobytes() for one in again]
    assert first[0].tobytes() != first[1].tobytes()


def test_without_being_asked_a_training_draws_nothing(shop: Shop) -> None:
    """The default cadence is none, and the prompt that would be drawn is the subject's own."""
    job = trained(shop, steps=4)
    assert (drawn(shop, job), samples(shop, job)) == ([], [])
    assert job.spec["sample_every"] == 0
    assert job.spec["sample_prompts"] == ["a photo of a sks dog"]


class Cue(Notifier):
    """A notifier that does something at the first change at which the condition holds."""

    def __init__(self, settings: Settings) -> None:
        super().__init__(settings)
        self.condition: Callable[[], bool] = lambda: False
        self.act: Callable[[], None] = lambda: None

    def jobs_changed(self, job_ids: Iterable[UUID]) -> None:
        """Pass it on, then try the condition."""
        super().jobs_changed(job_ids)
        if self.condition():
            self.condition = lambda: False
            self.act()


@pytest.mark.parametrize("stopped_at", [4, 5])
def test_a_resumed_training_draws_each_step_once(shop: Shop, stopped_at: int) -> None:
    """Handed over before a step was drawn, and after: the next attempt draws what is owed, and nothing twice."""
    notifier = Cue(shop.settings)
    first = Slot("cpu", shop.database, shop.store, shop.settings, notifier)
    job = shop.fine_tune(steps=9, sample_every=2)
    notifier.condition = lambda: shop.job(job).step == stopped_at and shop.job(job).phase == "training"
    notifier.act = first.stop
    first.run_until_idle()
    assert shop.job(job).state == "queued"
    before = [data["step"] for data in drawn(shop, job)]
    assert before == ([2] if stopped_at == 4 else [2, 4])
    shop.slot().run_until_idle()
    ended = shop.job(job)
    assert ended.state == "succeeded"
    assert [data["step"] for data in drawn(shop, job)] == [2, 4, 6, 8]
    twin = load(shift_bytes(shop, trained(shop, steps=9)))
    resumed = load(shift_bytes(shop, ended))
    assert all(np.array_equal(resumed.deltas[name], twin.deltas[name]) for name in twin.deltas)
    notifier.close()


def test_an_attempt_that_lost_its_lease_shows_no_sample(shop: Shop) -> None:
    """Its pictures lie in the store, and neither a row nor an event speaks of them."""
    job = shop.fine_tune(sample_every=2)
    taken = claim(shop.database, "a worker", 60.0)
    assert taken
    details = {"step": 2, "prompt": PROMPTS[0], "seed": 1, "width": 32, "height": 32}
    stored = artifacts.upload(
        shop.store, shop.customer.id, "jobs/x", kind=SAMPLE, data=b"png", media_type="image/png", details=details
    )
    with shop.database.engine() as session:
        session.execute(update(Job).where(Job.id == job.id).values(token=taken.token + 1))
    before = len(events(shop, job))
    with pytest.raises(LostLease), shop.database.tenant(shop.customer.id) as scope:
        record_samples(scope, taken, 2, [stored])
    assert samples(shop, job) == []
    assert len(events(shop, job)) == before
    with shop.database.engine() as session:
        session.execute(update(Job).where(Job.id == job.id).values(token=taken.token))
    with shop.database.tenant(shop.customer.id) as scope:
        commands.cancel(scope, job.id)


class WithoutRoomForPictures(ObjectStore):
    """A store that takes everything but PNGs."""

    def put(self, key: str, data: bytes, media_type: str) -> None:
        """Store the bytes, or refuse."""
        if media_type == "image/png":
            raise Unavailable("object store")
        super().put(key, data, media_type)


def test_a_store_that_takes_no_pictures_costs_the_samples_and_not_the_training(shop: Shop) -> None:
    """The job succeeds without them."""
    job = shop.fine_tune(steps=4, sample_every=2)
    shop.store = WithoutRoomForPictures(shop.settings)
    shop.slot().run_until_idle()
    assert shop.job(job).state == "succeeded"
    assert (drawn(shop, job), samples(shop, job)) == ([], [])


def test_progress_tells_how_fast_it_goes_and_how_long_it_takes(shop: Shop) -> None:
    """Each training event has loss, rate and time left; the first cannot know, the last has nothing left."""
    told = [event.data for event in events(shop, trained(shop, steps=6)) if event.data.get("phase") == "training"]
    assert [data["step"] for data in told] == [1, 2, 3, 4, 5, 6]
    assert all(data["steps"] == 6 and data["loss"] > 0 for data in told)
    assert (told[0]["steps_per_second"], told[0]["seconds_left"]) == (None, None)
    for data in told[1:]:
        assert data["steps_per_second"] > 0
        assert data["seconds_left"] == pytest.approx((6 - data["step"]) / data["steps_per_second"], rel=0.1, abs=0.1)
    assert told[-1]["seconds_left"] == 0
