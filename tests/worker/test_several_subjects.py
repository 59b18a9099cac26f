"""Two subjects in one job, through a real slot."""

import numpy as np
import pytest
from sqlalchemy import func, select

from service.assets import artifacts, images
from service.ids import to_wire
from service.jobs import queries
from service.requests.fine_tunes import FineTuneRequest, SubjectRequest, submit
from service.tables import Job, PriorSet, ShiftRow
from svdiff_core.shift.file import Shift, load
from tests.pictures import png
from tests.worker.conftest import BASE, Shop

DOG = ("photo of a sks dog", "photo of a dog")
CAT = ("photo of a red cat", "photo of a cat")


def ask(shop: Shop, *prompts: tuple[str, str], **recipe: object) -> Job:
    """Queue a fine-tune on two pictures of each subject."""
    with shop.database.tenant(shop.customer.id) as scope:

        def subject(instance_prompt: str, class_prompt: str) -> SubjectRequest:
            uploads = [images.decode(png(color), shop.settings) for color in ("tan", "brown")]
            ids = tuple(to_wire("img", images.create(scope, shop.store, upload).id) for upload in uploads)
            return SubjectRequest(images=ids, instance_prompt=instance_prompt, class_prompt=class_prompt)

        subjects = tuple(subject(*pair) for pair in prompts)
        return submit(scope, FineTuneRequest(base=BASE, subjects=subjects, seed=1, **recipe), shop.settings)


def run(shop: Shop, job: Job) -> Job:
    """The job as a new worker leaves it."""
    shop.slot().run_until_idle()
    return shop.job(job)


def shift_of(shop: Shop, job: Job) -> Shift:
    """The shift that a succeeded fine-tune made."""
    assert job.state == "succeeded", job.error
    with shop.database.tenant(shop.customer.id) as scope:
        (artifact,) = artifacts.list_of_job(scope, job.id, "shift")
        return load(shop.store.get(artifact.object_key))


def test_two_subjects_become_one_shift_that_names_both(shop: Shop) -> None:
    """In its file and in its row; a prior set of each class is made, and shared with whoever comes next."""
    with shop.database.engine() as session:
        before = session.scalar(select(func.count()).select_from(PriorSet)) or 0
    job = run(shop, ask(shop, DOG, CAT))
    shift = shift_of(shop, job)
    assert [(w.token, w.class_word) for w in shift.metadata.words] == [("sks", "dog"), ("red", "cat")]
    assert (shift.metadata.recipe["cut_mix_probability"], shift.metadata.recipe["unmix_weight"]) == (0.6, 0.05)
    assert any(np.abs(delta).max() > 0 for delta in shift.deltas.values())
    with shop.database.tenant(shop.customer.id) as scope:
        (row,) = scope.session.scalars(select(ShiftRow)).all()
        assert [words["token"] for words in row.words["subjects"]] == ["sks", "red"]
        assert row.name == "dog and cat"
    with shop.database.engine() as session:
        made = (session.scalar(select(func.count()).select_from(PriorSet)) or 0) - before
        told = queries.list_events_after(session, {job.id: 0})
    assert made == 2
    steps = [event.data["step"] for event in told if event.data.get("phase") == "training"]
    assert steps == sorted(steps)
    assert steps[-1] == 8


def test_the_reduction_of_stitched_pictures_reaches_the_training(shop: Shop) -> None:
    """It is in the recipe of the file, and another one makes another shift; left out, it is the base's."""
    made = [shift_of(shop, run(shop, ask(shop, DOG, CAT, **asked))) for asked in ({"cut_mix_min_scale": 0.6}, {})]
    assert [shift.metadata.recipe.get("cut_mix_min_scale") for shift in made] == [0.6, 1.0]
    assert any(not np.array_equal(delta, made[1].deltas[name]) for name, delta in made[0].deltas.items())


def test_two_subjects_of_one_class_share_its_prior(shop: Shop) -> None:
    """It is loaded once, and both are learned."""
    job = run(shop, ask(shop, DOG, ("photo of a red dog", "photo of a dog")))
    assert [w.token for w in shift_of(shop, job).metadata.words] == ["sks", "red"]


def test_an_interrupted_joint_training_is_bit_equal_to_its_twin(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    """A worker dies after step 4; the next goes on from the state of step 3."""
    from svdiff_core.training.loop import Training

    twin = shift_of(shop, run(shop, ask(shop, DOG, CAT)))
    real, died = Training._advance, list[int]()  # noqa: SLF001 — where a worker is killed

    def dying(self: Training, step: int) -> object:
        if step == 5 and not died:
            died.append(step)
            raise OSError("the machine is gone")
        return real(self, step)

    monkeypatch.setattr(Training, "_advance", dying)
    job = ask(shop, DOG, CAT)
    while (job := run(shop, job)).state == "queued":
        pass
    assert (job.attempt, died) == (2, [5])
    resumed = shift_of(shop, job)
    assert all(np.array_equal(resumed.deltas[name], twin.deltas[name]) for name in twin.deltas)


def test_a_prompt_that_hides_a_token_from_the_text_encoder_fails_the_job_at_once(shop: Shop) -> None:
    """The joint prompt is longer than this base's sixteen tokens: the client's fault, told and not retried."""
    long = "a photo of a dog in the snow and " * 2
    job = run(shop, ask(shop, (f"{long}a sks dog", f"{long}a dog"), CAT))
    assert (job.state, job.attempt) == ("failed", 1)
    assert job.error is not None
    assert job.error["code"] == "subjects_invalid"
    assert "cut off" in job.error["detail"]
    assert job.error["retryable"] is False
