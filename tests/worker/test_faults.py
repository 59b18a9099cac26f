"""What breaks beside a job must not end it."""

import pytest
from sqlalchemy import select, update

from service.assets import artifacts
from service.infra.database import connect_worker
from service.jobs import training_state
from service.jobs.claim import claim
from service.jobs.ending import release
from service.settings import Settings
from service.tables import Artifact, PriorSet
from svdiff_core.errors import (
    AlignmentNotFinite,
    BaseInvalid,
    CoreError,
    MetricInvalid,
    MetricsUnavailable,
    PictureInvalid,
    StateMismatch,
    TrainingDiverged,
)
from tests.worker.conftest import Shop
from worker.engine.errors import is_final


def test_a_lost_prior_set_is_made_again(shop: Shop) -> None:
    """The store lost the latents that a row speaks of: the next fine-tune makes them anew and succeeds."""
    prompt = "a photo picture of a dog"
    for seed in (1, 2):
        job = shop.fine_tune(seed=seed, class_prompt=prompt)
        shop.slot().run_until_idle()
        assert shop.job(job).state == "succeeded"
        with shop.database.engine() as session:
            for key in session.scalars(select(PriorSet.object_key)):
                assert key
                if seed == 1:
                    shop.store.delete(key)


@pytest.mark.parametrize("object_lost", [True, False])
def test_a_training_state_that_cannot_be_used_costs_steps_and_not_the_job(shop: Shop, object_lost: bool) -> None:  # noqa: FBT001 — a parameter of the test
    """Whether its object is gone or it is another training's: the job begins anew and succeeds."""
    job = shop.fine_tune()
    taken = claim(shop.database, "another worker", 60.0)
    assert taken
    assert taken.job_id == job.id
    stored = artifacts.upload(
        shop.store,
        shop.customer.id,
        "jobs/x",
        kind=training_state.TRAINING_STATE,
        data=b"no state",
        media_type="text/plain",
    )
    with shop.database.tenant(shop.customer.id) as scope:
        training_state.save_training_state(scope, taken, stored)
        release(scope, taken)
    if object_lost:
        shop.store.delete(stored.key)
    shop.slot().run_until_idle()
    assert shop.job(job).state == "succeeded", shop.job(job).error


def test_a_picture_that_was_damaged_in_the_store_is_final(shop: Shop) -> None:
    """What no attempt can mend fails at once, with the core's own code and sentence."""
    job = shop.fine_tune()
    with shop.database.tenant(shop.customer.id) as scope:
        for artifact in scope.session.scalars(select(Artifact).where(Artifact.kind == "upload")):
            shop.store.put(artifact.object_key, b"no picture", "image/png")
        scope.session.execute(update(Artifact).where(Artifact.kind == "upload").values(bytes=10))
    shop.slot().run_until_idle()
    ended = shop.job(job)
    assert (ended.state, ended.attempt) == ("failed", 1)
    assert ended.error
    assert ended.error["code"] == "picture_invalid"


@pytest.mark.parametrize(
    ("error", "final"),
    [
        (TrainingDiverged(3), True),
        (PictureInvalid("it is damaged"), True),
        (MetricsUnavailable(), True),
        (AlignmentNotFinite(3), True),
        (MetricInvalid("folder", "it is damaged"), False),
        (BaseInvalid("folder", "its unet is missing"), False),
        (StateMismatch("it is old"), False),
        (MemoryError(), False),
    ],
)
def test_only_faults_of_the_request_are_final(error: Exception | CoreError, final: bool) -> None:  # noqa: FBT001 — a parameter of the test
    """A base that does not load here may load elsewhere; a diverged training diverges everywhere."""
    assert is_final(error) is final


def test_a_worker_that_could_read_past_row_level_security_does_not_start(settings: Settings) -> None:
    """Not logged and forgotten: the process ends, and says why."""
    owner = settings.model_copy(update={"app_database_url": settings.database_url})
    with pytest.raises(SystemExit, match="bypasses row-level security"):
        connect_worker(owner)


def test_a_worker_without_its_settings_does_not_start(settings: Settings) -> None:
    """The sentence names what is missing."""
    with pytest.raises(SystemExit, match="SVDIFF_APP_DATABASE_URL"):
        connect_worker(settings.model_copy(update={"app_database_url": None}))
