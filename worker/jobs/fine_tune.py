"""A fine-tune job: pictures in, a shift out, resumable at every stored step."""

from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from itertools import chain

import structlog
import torch
from sqlalchemy.exc import SQLAlchemyError
from torch import Tensor

from service.assets import images
from service.assets.shifts import NewShift
from service.errors import Unavailable
from service.ids import from_wire, new_id, to_wire
from service.infra.object_store import ObjectMissing
from service.jobs import training_state
from service.jobs.ending import JobResult
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
from svdiff_core.training.subjects import Subject
from worker.engine.context import JobContext
from worker.engine.stop_signal import AttemptStopped, StopReason
from worker.jobs import prior_sets, translate
from worker.jobs.checks import AnyTraining, CheckReporter, Monitor, Record, load_monitor, stopping_result
from worker.jobs.samples import SampleWriter

log = structlog.get_logger()

MEDIA_TYPE = "application/octet-stream"


def run(context: JobContext) -> JobResult:
    """Train the shift of the claim's spec."""
    spec = FineTuneSpec.model_validate(context.claim.spec)
    base = context.base(spec.base)
    training = run_training(context, base, spec)
    result = save(context, spec, training)
    warnings = {"warnings": translate.cut_prompt_warnings(base, prompts(spec))}
    return replace(result, document=result.document | warnings)


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


def run_training(context: JobContext, base: Base, spec: FineTuneSpec) -> AnyTraining:
    """The spec's training, run to its end from where it is. Stopped by a hand-over or a pause, it stores its state."""
    training = prepare(context, base, spec)
    samples, checks = SampleWriter(context, base, spec), CheckReporter(context, spec)
    samples.catch_up(training.training if isinstance(training, MonitoredTraining) else training)
    with closing(training.steps()) as records:
        try:
            checks.catch_up(training)
            train(context, training, records, samples, checks)
            context.progress.step("saving")
        except AttemptStopped as stop:
            if stop.reason in {StopReason.HAND_OVER, StopReason.PAUSE}:
                store_state(context, training.state())
            raise
    return training


def train(
    context: JobContext,
    training: AnyTraining,
    records: Iterator[Record],
    samples: SampleWriter,
    checks: CheckReporter,
) -> None:
    """Run the steps; report each, sample when it is due, and store the state every few tens and at checks."""
    for record in records:
        if isinstance(record, SampleStep):  # of a check
            context.progress.uncounted_step("sampling")
            continue
        if isinstance(record, Check):
            checks.report(record)
            store_state(context, training.state())
            continue
        losses = {"loss": round(record.loss, 6), "clipped_fraction": round(record.clipped_fraction, 6)}
        context.progress.step("training", record.step, record.steps, **losses)
        with training.with_averages():
            samples.write(record.step)
        if record.step % context.settings.checkpoint_steps == 0 and record.step < record.steps:
            store_state(context, training.state())


@dataclass(frozen=True)
class TrainingSetup:
    """All that a training starts from, but for the state that an earlier attempt stored."""

    base: Base
    subjects: Sequence[Subject]
    recipe: Recipe
    seed: int
    priors: Sequence[Tensor] | None
    monitor: Monitor | None

    def start(self, state: TrainingState | None) -> AnyTraining:
        """The training at its first step, or where the state left it."""
        training = Training(self.base, self.subjects, self.recipe, self.seed, self.priors, state)
        return training if self.monitor is None else self.monitor.watch(training, state)


def prepare(context: JobContext, base: Base, spec: FineTuneSpec) -> AnyTraining:
    """The training, at its first step or where an earlier attempt stored it."""
    monitor = load_monitor(context, base, spec)
    recipe = spec.recipe()
    resolution = base.recipe.resolution
    subjects = [translate.subject(one, load_pictures(context, one, resolution)) for one in spec.subjects]
    priors = prior_latents(context, base, spec, recipe) if spec.prior_loss_weight > 0 else None
    setup = TrainingSetup(base, subjects, recipe, spec.seed, priors, monitor)
    try:
        return setup.start(stored_state(context))
    except (StateMismatch, ObjectMissing) as error:  # of another version or dtype: steps are lost, not the job
        log.warning("training_state_not_used", job=str(context.claim.job_id), reason=str(error))
        return setup.start(None)


def prior_latents(context: JobContext, base: Base, spec: FineTuneSpec, recipe: Recipe) -> list[Tensor]:
    """The latents of each subject's class; subjects of one class share theirs."""
    prompts = [subject.class_prompt for subject in spec.subjects]
    latents = {prompt: prior_sets.latents(context, base, prompt, recipe) for prompt in dict.fromkeys(prompts)}
    return [latents[prompt] for prompt in prompts]


def load_pictures(context: JobContext, subject: SubjectSpec, resolution: int) -> Tensor:
    """The subject's pictures, (n, 3, resolution, resolution) in [-1, 1]."""
    ids = [image_id for image_id in (from_wire("img", text) for text in subject.images) if image_id]
    with context.scope() as scope:
        keys = [images.get_object_key(scope, image_id) for image_id in ids]
    tensors = []
    for key in keys:
        tensors.append(to_training_tensor(decode(context.store.get(key)), resolution))
        context.progress.step("loading")
    return torch.stack(tensors)


def stored_state(context: JobContext) -> TrainingState | None:
    """Where the last attempt stopped, if it stored a state."""
    with context.scope() as scope:
        key = training_state.training_state_key(scope, context.claim)
    return load_state(context.store.get(key)) if key else None


def store_state(context: JobContext, state: TrainingState) -> None:
    """Store where the training is. A server that is down costs the next attempt some steps, not this one its life."""
    try:
        stored = context.upload(training_state.TRAINING_STATE, dump_state(state), MEDIA_TYPE)
        with context.scope() as scope:
            training_state.save_training_state(scope, context.claim, stored)
    except (Unavailable, SQLAlchemyError) as error:
        log.warning("training_state_not_stored", job=str(context.claim.job_id), reason=type(error).__name__)


def save(context: JobContext, spec: FineTuneSpec, training: AnyTraining) -> JobResult:
    """The adapter's file in the store, and the row that makes it the tenant's."""
    adapter = training.adapter()
    stored = context.upload("shift", dump_adapter(adapter), MEDIA_TYPE, {"method": spec.method})
    words = [
        {"token": w.token, "class": w.class_word, "instance_prompt": w.instance_prompt, "class_prompt": w.class_prompt}
        for w in adapter.metadata.words
    ]
    shift = NewShift(new_id(), stored.id, spec.name, spec.base, spec.fingerprint, {"subjects": words})
    description = {"id": to_wire("shf", shift.id), "name": spec.name, "base": spec.base, "bytes": stored.bytes}
    return JobResult((stored,), {"shift": description} | stopping_result(training), shift)
