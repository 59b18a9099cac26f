"""Fine-tunes that are measured on their way and may end early, through a real slot and real metrics."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from service import bases
from service.assets import artifacts
from service.errors import Invalid, MetricsUnavailable
from service.jobs import commands
from service.jobs.attempt import CHECK
from service.requests.early_stopping import EarlyStoppingRequest
from service.tables import Job
from svdiff_core.shift.file import Shift, load
from svdiff_core.spaces.adapter import load_tensor_adapter
from svdiff_core.training.held_out import HeldOut
from tests.tiny_metrics import write_tiny_clip, write_tiny_lpips
from tests.tiny_pipeline import write_tiny_pipeline
from tests.worker.conftest import Shop
from tests.worker.test_jobs_end_to_end import shift_bytes
from tests.worker.test_samples import Cue, events
from worker.slot import Slot

JUDGED = "judged"
PROMPTS = ("a photo of a sks dog on the beach", "a picture of a red sks dog")
# Nothing improves by so much: the first check is kept, and the next ones end the training.
HOPELESS = EarlyStoppingRequest(prompts=PROMPTS, every=2, patience=2, min_delta=1.0)
PATIENT = EarlyStoppingRequest(prompts=PROMPTS, every=2, patience=100)


@pytest.fixture(scope="session")
def _judged(
    register_base: Callable[[str, Path], None], tiny_pipeline: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """The tiny base in a folder whose card names the judge that ships."""
    folder = write_tiny_pipeline(tmp_path_factory.mktemp("base") / JUDGED)
    card = folder / "svdiff.json"
    card.write_text(json.dumps({**json.loads(card.read_text()), "judge": "emoji"}))
    register_base(JUDGED, folder)


@pytest.fixture
def judged(shop: Shop, _judged: None) -> Shop:
    """The shop, where fine-tunes can be measured."""
    return shop


def ask(shop: Shop, rule: EarlyStoppingRequest | None, base: str = JUDGED, **asked: Any) -> Job:
    """A queued fine-tune of twelve steps."""
    return shop.fine_tune(base=base, early_stopping=rule, **{"steps": 12} | asked)


def ran(shop: Shop, job: Job) -> Job:
    """The job as the shop's workers leave it."""
    while (now := shop.job(job)).state == "queued":
        shop.slot().run_until_idle()
    return now


def shift_of(shop: Shop, job: Job) -> Shift:
    """What a succeeded fine-tune made."""
    assert job.state == "succeeded", job.error
    return load(shift_bytes(shop, job))


def told(shop: Shop, job: Job) -> list[dict[str, Any]]:
    """The data of the job's checks, in order."""
    return [event.data for event in events(shop, job) if event.type == CHECK]


def stopping(job: Job) -> dict[str, Any]:
    """What the result says of the checks."""
    assert job.result
    result: dict[str, Any] = job.result["stopping"]
    return result


def assert_equals_its_twin(shop: Shop, job: Job) -> None:
    """The same file, scores and step kept as where nothing happened; each check told once, whoever made it."""
    assert job.state == "succeeded", job.error
    twin = ran(shop, ask(shop, PATIENT))
    assert shift_bytes(shop, job) == shift_bytes(shop, twin)
    assert stopping(job) == stopping(twin)
    assert told(shop, job) == told(shop, twin) == stopping(twin)["checks"]


def test_a_training_that_stops_improving_ends_and_its_best_step_is_stored(judged: Shop) -> None:
    """Kept after 2 steps, ended after 6 of 12: events, result, recipe and progress say so; the shift is that of 2."""
    job = ran(judged, ask(judged, HOPELESS))
    shift, short = shift_of(judged, job), shift_of(judged, ran(judged, ask(judged, None, steps=2)))
    assert all(np.array_equal(shift.deltas[name], short.deltas[name]) for name in short.deltas)
    recipe = shift.metadata.recipe
    assert (recipe["steps"], recipe["trained_steps"], recipe["kept_step"]) == (12, 6, 2)
    result = stopping(job)
    assert result["checks"] == told(judged, job)
    assert {name: result[name] for name in ("stopped", "trained_steps", "kept_step", "metrics")} == {
        "stopped": True,
        "trained_steps": 6,
        "kept_step": 2,
        "metrics": {"text": "judge", "image": "judge"},
    }
    assert [check["step"] for check in result["checks"]] == [2, 4, 6]
    for check in result["checks"]:
        assert check["score"] == pytest.approx((check["text"] + check["image"]) / 2, abs=2e-6)
    assert (job.step, job.steps) == (6, 12)


def test_a_training_that_is_not_ended_gives_the_best_of_all_its_checks(judged: Shop) -> None:
    """Also of the last step, which the cadence passes by; what is not asked for is not told."""
    job = ran(judged, ask(judged, PATIENT, steps=7))
    result = stopping(job)
    best = max(result["checks"], key=lambda check: check["score"])
    assert [check["step"] for check in result["checks"]] == [2, 4, 6, 7]
    assert (result["stopped"], result["trained_steps"], result["kept_step"]) == (False, 7, best["step"])
    assert shift_of(judged, job).metadata.recipe["kept_step"] == best["step"]
    plain = ran(judged, ask(judged, None, steps=7))
    assert plain.result
    assert plain.result.keys() == {"shift", "warnings"}
    assert "kept_step" not in shift_of(judged, plain).metadata.recipe


def test_a_rule_without_prompts_measures_the_subject_in_other_places(judged: Shop) -> None:
    """The spec tells all of it: the prompts made, the base's guidance, and few denoising steps."""
    job = ask(judged, EarlyStoppingRequest())
    assert job.spec["early_stopping"] == {
        "prompts": [f"a photo of a sks dog {at}" for at in ("on the beach", "in the snow", "in the forest")]
        + ["a photo of a sks dog in the desert"],
        "every": 100,
        "patience": 2,
        "min_delta": 0.0,
        "text_weight": 0.5,
        "steps": 3,
        "guidance": 4.0,
    }
    assert stopping(ran(judged, job))["checks"][0]["step"] == 12


@pytest.fixture
def dying(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """Kills a worker within the second check, and after the seventh step; what has died so far."""
    from svdiff_core.training.loop import Training

    measured, died = list[None](), list[str]()
    measure, advance = HeldOut.measure, Training._advance  # noqa: SLF001 — where a worker is killed

    def dying_measure(self: HeldOut, *args: Any) -> Any:
        measured.append(None)
        if len(measured) == 2:
            died.append("check")
            raise OSError("the machine is gone")
        return measure(self, *args)

    def dying_step(self: Training, step: int) -> Any:
        if step == 8 and "step" not in died:
            died.append("step")
            raise OSError("the machine is gone")
        return advance(self, step)

    monkeypatch.setattr(HeldOut, "measure", dying_measure)
    monkeypatch.setattr(Training, "_advance", dying_step)
    yield died
    monkeypatch.undo()


def test_a_training_whose_workers_die_is_bit_equal_to_its_twin(judged: Shop, dying: list[str]) -> None:
    """One dies within a check, another between two."""
    patient = Shop(judged.settings.model_copy(update={"max_attempts": 5}), judged.database, judged.customer)
    job = ran(patient, ask(patient, PATIENT))
    assert (dying, job.attempt) == (["check", "step"], 3)
    assert_equals_its_twin(judged, job)


def test_a_training_that_is_handed_over_within_a_check_makes_it_up(judged: Shop) -> None:
    """Its worker shuts down before the pictures are drawn: the next one draws them, before it trains on."""
    notifier = Cue(judged.settings)
    slot = Slot("cpu", judged.database, judged.store, judged.settings, notifier)
    job = ask(judged, PATIENT)
    notifier.condition = lambda: judged.job(job).step == 4
    notifier.act = slot.stop
    slot.run_until_idle()
    assert (judged.job(job).state, len(told(judged, job))) == ("queued", 1)
    ended = ran(judged, job)
    assert_equals_its_twin(judged, ended)
    notifier.close()


def test_a_training_that_is_paused_after_a_check_goes_on_with_it(judged: Shop) -> None:
    """What was measured before the pause counts after it."""
    notifier = Cue(judged.settings)
    slot = Slot("cpu", judged.database, judged.store, judged.settings, notifier)
    job = ask(judged, PATIENT)

    def pause() -> None:
        with judged.database.tenant(judged.customer.id) as scope:
            assert commands.pause(scope, job.id).state == "pausing"

    notifier.condition, notifier.act = lambda: len(told(judged, job)) == 2, pause
    slot.run_until_idle()
    assert (judged.job(job).state, len(told(judged, job))) == ("paused", 2)
    with judged.database.tenant(judged.customer.id) as scope:
        commands.resume(scope, job.id)
    assert_equals_its_twin(judged, ran(judged, job))
    notifier.close()


def test_a_training_is_canceled_within_a_check(judged: Shop) -> None:
    """It leaves neither a shift nor a state."""
    notifier = Cue(judged.settings)
    slot = Slot("cpu", judged.database, judged.store, judged.settings, notifier)
    job = ask(judged, HOPELESS)

    def cancel() -> None:
        with judged.database.tenant(judged.customer.id) as scope:
            commands.cancel(scope, job.id)

    notifier.condition, notifier.act = lambda: judged.job(job).step == 2, cancel
    slot.run_until_idle()
    assert (judged.job(job).state, judged.job(job).step) == ("canceled", 2)
    with judged.database.tenant(judged.customer.id) as scope:
        assert not artifacts.list_of_job(scope, job.id, "shift")
        assert not artifacts.list_of_job(scope, job.id, "training_state")
    notifier.close()


def test_samples_and_checks_of_one_step_do_not_disturb_each_other(judged: Shop) -> None:
    """With both, the file is that of a training with checks alone."""
    job = ran(judged, ask(judged, PATIENT, sample_every=2, sample_prompts=PROMPTS))
    assert shift_bytes(judged, job) == shift_bytes(judged, ran(judged, ask(judged, PATIENT)))
    samples = [event.data["step"] for event in events(judged, job) if event.type == "sample"]
    assert samples == [check["step"] for check in told(judged, job)] == [2, 4, 6, 8, 10, 12]


def test_another_method_keeps_its_best_step_too(judged: Shop) -> None:
    """A LoRA of the kept step, and its file says which."""
    job = ran(judged, ask(judged, HOPELESS, method="lora"))
    assert job.state == "succeeded", job.error
    metadata = load_tensor_adapter(shift_bytes(judged, job)).metadata
    assert (metadata.recipe["trained_steps"], metadata.recipe["kept_step"]) == (6, 2)


def test_a_training_is_checked_a_hundred_times_at_most(judged: Shop) -> None:
    """More would draw more than it trains."""
    with pytest.raises(Invalid, match="at most 100 times") as refused:
        ask(judged, HOPELESS, steps=202)
    assert [problem.pointer for problem in refused.value.problems] == ["/early_stopping/every"]


def test_where_nothing_measures_the_base_the_request_is_refused(shop: Shop, tmp_path: Path) -> None:
    """The error names what to configure; with one of the two it names the other."""
    with pytest.raises(MetricsUnavailable, match="SVDIFF_CLIP_FOLDER and SVDIFF_LPIPS_FOLDER") as refused:
        ask(shop, HOPELESS, base="tiny")
    assert [problem.pointer for problem in refused.value.problems] == ["/early_stopping"]
    clip_alone = Shop(shop.settings.model_copy(update={"clip_folder": tmp_path}), shop.database, shop.customer)
    with pytest.raises(MetricsUnavailable, match=r"configured SVDIFF_LPIPS_FOLDER\."):
        ask(clip_alone, HOPELESS, base="tiny")


def test_the_operators_metrics_measure_a_base_without_a_judge(shop: Shop, tmp_path: Path) -> None:
    """CLIP for the text and LPIPS for the pictures; the result names both."""
    folders = {"clip_folder": write_tiny_clip(tmp_path / "clip"), "lpips_folder": write_tiny_lpips(tmp_path / "lpips")}
    equipped = Shop(shop.settings.model_copy(update=folders), shop.database, shop.customer)
    job = ran(equipped, ask(equipped, HOPELESS, base="tiny"))
    assert job.state == "succeeded", job.error
    assert stopping(job)["metrics"] == {"text": "clip", "image": "lpips"}
    assert stopping(job)["kept_step"] == 2


def test_a_job_that_cannot_be_measured_after_all_fails_at_once(shop: Shop) -> None:
    """The base's card has lost its judge since it was registered: told and not retried, before anything is made."""
    with shop.database.app() as session:
        known = bases.get(session, "tiny")
    bases.register(shop.database, "forgetful", known.source, known.manifest.model_copy(update={"judge": "emoji"}))
    job = ran(shop, ask(shop, HOPELESS, base="forgetful"))
    assert (job.state, job.attempt) == ("failed", 1)
    assert job.error
    assert job.error["code"] == "metrics_unavailable"
    assert "SVDIFF_CLIP_FOLDER" in job.error["detail"]
    assert {event.data.get("phase") for event in events(shop, job) if event.type == "progress"} == {"loading"}
