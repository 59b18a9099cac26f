"""A fine-tune job: pictures in, a shift out, resumable at every stored step."""

from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from itertools import chain

import structlog
import torch
from sqlalchemy.exc import SQLAlchemyError
from torch import Tensor

from service.assets import images, shifts
from service.errors import Unavailable
from service.ids import from_wire, new_id, to_wire
from service.infra.database import Scope
from service.infra.object_store import ObjectMissing
from service.jobs import training_state
from service.jobs.specs import FineTuneSpec, SubjectSpec
from svdiff_core.base import Base
from svdiff_core.errors import StateMismatch
from svdiff_core.parameters.early_stopping import Check
from svdiff_core.parameters.recipe import Recipe
from svdiff_core.pictures import decode, to_training_tensor
from svdiff_core.sampling.sampler import SampleStep
from svdiff_core.spaces.adapter import dump_adapter
from svdiff_core.training.loop import Training
from svdiff_core.training.monitored import MonitoredTraining
from svdiff_core.training.prior import prior_prompts
from svdiff_core.training.state import TrainingState
from svdiff_core.training.state import dump as dump_state
from svdiff_core.training.state import load as load_state
from worker.engine.context import JobContext
from worker.engine.outcome import Outcome
from worker.engine.stop_signal import AttemptStopped, StopReason
from worker.jobs import prior_sets, prompt_warnings, translate
from worker.jobs.checks import CheckReporter, Record, Trained, monitor, stopping_result
from worker.jobs.samples import SampleWriter

log = structlog.get_logger()

MEDIA_TYPE = "application/octet-stream"


def run(bench: JobContext) -> Outcome:
    """Train the shift that the claim's spec asks for."""
    spec = FineTuneSpec.model_validate(bench.claim.spec)
    base = bench.base(spec.base)
    made = save(bench, spec, run_training(bench, base, spec))
    return replace(made, result=made.result | {"warnings": prompt_warnings.warnings(base, prompts(spec))})


def prompts(spec: FineTuneSpec) -> dict[str, str]:
    """All that the text encoder reads, by its place in the request; of the companions the longest."""
    companions = spec.recipe().companions
    priors = [prior_prompts(subject.class_prompt, companions, 2 * len(companions)) for subject in spec.subjects]
    longest = {"/prior_companions": max(chain(*priors), key=len)} if companions else {}
    return longest | {
        f"/subjects/{i}/{name}": getattr(subject, name)
        for i, subject in enumerate(spec.subjects)
        for name in ("instance_prompt", "class_prompt")
    }


def run_training(bench: JobContext, base: Base, spec: FineTuneSpec) -> Trained:
    """The spec's training, run to its end from where it is. Told to hand over or to pause, it stores its state."""
    training = prepare(bench, base, spec)
    samples, checks = SampleWriter(bench, base, spec), CheckReporter(bench, spec)
    samples.catch_up(training.training if isinstance(training, MonitoredTraining) else training)
    with closing(training.steps()) as records:
        try:
            checks.catch_up(training)
            train(bench, training, records, samples, checks)
            bench.progress.step("saving")
        except AttemptStopped as stop:
            if stop.order in {StopReason.HAND_OVER, StopReason.PAUSE}:
                store_state(bench, training.state())
            raise
    return training


def train(
    bench: JobContext, training: Trained, records: Iterator[Record], samples: SampleWriter, checks: CheckReporter
) -> None:
    """Run the steps; tell each, draw samples when they are due, and store the state every few tens and at checks."""
    for record in records:
        if isinstance(record, SampleStep):  # of a check
            bench.progress.drawing()
            continue
        if isinstance(record, Check):
            checks.tell(record)
            store_state(bench, training.state())
            continue
        told = {"loss": round(record.loss, 6), "clipped_fraction": round(record.clipped_fraction, 6)}
        bench.progress.step("training", record.step, record.steps, **told)
        with training.with_averages():
            samples.draw(record.step)
        if record.step % bench.settings.checkpoint_steps == 0 and record.step < record.steps:
            store_state(bench, training.state())


def prepare(bench: JobContext, base: Base, spec: FineTuneSpec) -> Trained:
    """The training, at its first step or where an earlier attempt stored it."""
    watched = monitor(bench, base, spec)
    recipe = spec.recipe()
    subjects = [translate.subject(one, load_pictures(bench, one, base.recipe.resolution)) for one in spec.subjects]
    priors = prior_latents(bench, base, spec, recipe) if spec.prior_loss_weight > 0 else None

    def resumed(state: TrainingState | None) -> Trained:
        return watched(Training(base, subjects, recipe, spec.seed, priors, state), state)

    try:
        return resumed(stored_state(bench))
    except (StateMismatch, ObjectMissing) as error:  # of another version or dtype: steps are lost, not the job
        log.warning("training_state_not_used", job=str(bench.claim.job_id), reason=str(error))
        return resumed(None)


def prior_latents(bench: JobContext, base: Base, spec: FineTuneSpec, recipe: Recipe) -> list[Tensor]:
    """The latents of each subject's class; subjects of one class share theirs."""
    prompts = [subject.class_prompt for subject in spec.subjects]
    latents = {prompt: prior_sets.latents(bench, base, prompt, recipe) for prompt in dict.fromkeys(prompts)}
    return [latents[prompt] for prompt in prompts]


def load_pictures(bench: JobContext, subject: SubjectSpec, resolution: int) -> Tensor:
    """The subject's pictures, (n, 3, resolution, resolution) in [-1, 1]."""
    ids = [image_id for image_id in (from_wire("img", text) for text in subject.images) if image_id]
    with bench.database.tenant(bench.claim.tenant_id) as scope:
        keys = [images.object_key(scope, image_id) for image_id in ids]
    tensors = []
    for key in keys:
        tensors.append(to_training_tensor(decode(bench.store.get(key)), resolution))
        bench.progress.step("loading")
    return torch.stack(tensors)


def stored_state(bench: JobContext) -> TrainingState | None:
    """Where the last attempt stopped, if it stored a state."""
    with bench.database.tenant(bench.claim.tenant_id) as scope:
        key = training_state.training_state_key(scope, bench.claim)
    return load_state(bench.store.get(key)) if key else None


def store_state(bench: JobContext, state: TrainingState) -> None:
    """Store where the training is. A server that is down costs the next attempt some steps, not this one its life."""
    try:
        stored = bench.upload(training_state.TRAINING_STATE, dump_state(state), MEDIA_TYPE)
        with bench.database.tenant(bench.claim.tenant_id) as scope:
            training_state.save_training_state(scope, bench.claim, stored)
    except (Unavailable, SQLAlchemyError) as error:
        log.warning("training_state_not_stored", job=str(bench.claim.job_id), reason=type(error).__name__)


def save(bench: JobContext, spec: FineTuneSpec, training: Trained) -> Outcome:
    """The shift's file in the store, and the rows that make it the tenant's."""
    result = training.adapter()
    data = dump_adapter(result)
    stored = bench.upload("shift", data, MEDIA_TYPE, {"method": spec.method})
    shift_id = new_id()
    words = [
        {"token": w.token, "class": w.class_word, "instance_prompt": w.instance_prompt, "class_prompt": w.class_prompt}
        for w in result.metadata.words
    ]

    def rows(scope: Scope) -> None:
        shifts.record(
            scope,
            stored,
            shift_id=shift_id,
            name=spec.name,
            base_name=spec.base,
            fingerprint=spec.fingerprint,
            words={"subjects": words},
        )

    told = {"id": to_wire("shf", shift_id), "name": spec.name, "base": spec.base, "bytes": stored.bytes}
    return Outcome((stored,), {"shift": told} | stopping_result(training), rows)
