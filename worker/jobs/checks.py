"""Fine-tunes that are measured on held-out prompts as they train: how that is set up, and how it is reported."""

from dataclasses import asdict, dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, TypeAlias

from service.jobs import attempt
from service.jobs.specs import FineTuneSpec
from svdiff_core.base import Base
from svdiff_core.metrics.alignment import Metrics
from svdiff_core.metrics.lookup import MetricFolders, metrics_for
from svdiff_core.parameters.early_stopping import Check, StopRule
from svdiff_core.sampling.sampler import SampleStep
from svdiff_core.training.held_out import HeldOut
from svdiff_core.training.loop import StepRecord, Training
from svdiff_core.training.monitored import MonitoredTraining
from svdiff_core.training.state import TrainingState
from worker.engine.context import JobContext

Record: TypeAlias = StepRecord | SampleStep | Check
AnyTraining: TypeAlias = Training | MonitoredTraining

KEPT_METRICS = 2  # in memory: a CLIP may take a gigabyte


@dataclass(frozen=True)
class Monitor:
    """What a training is measured on, and when that ends it."""

    held_out: HeldOut
    rule: StopRule

    def watch(self, training: Training, state: TrainingState | None) -> MonitoredTraining:
        """The training, measured on its way; with the checks that a stored state holds."""
        return MonitoredTraining(training, self.held_out, self.rule, state)


def load_monitor(context: JobContext, base: Base, spec: FineTuneSpec) -> Monitor | None:
    """The spec's monitor, if it has early stopping; its metrics are loaded before any step.

    Raises:
        MetricsUnavailable: nothing here can measure what the base samples.
    """
    early_stopping, settings = spec.early_stopping, context.settings
    if early_stopping is None:
        return None
    metrics = load_metrics(base.recipe.judge, MetricFolders(settings.clip_folder, settings.lpips_folder))
    context.progress.step("loading")
    held_out = HeldOut(
        early_stopping.prompts,
        metrics,
        spec.seed,
        early_stopping.steps,
        early_stopping.guidance,
        settings.max_batch_size,
    )
    return Monitor(held_out, early_stopping.rule())


@lru_cache(maxsize=KEPT_METRICS)
def load_metrics(judge: Path | None, folders: MetricFolders) -> Metrics:
    """The metrics, read once a process."""
    return metrics_for(judge, folders)


class CheckReporter:
    """Reports checks, each step once, whatever attempt it is.

    A check that is made again gives the same numbers; if it does not, on another machine, it is reported again.
    """

    def __init__(self, context: JobContext, spec: FineTuneSpec) -> None:
        self._context = context
        self._recorded = recorded_checks(context) if spec.early_stopping else {}

    def catch_up(self, training: AnyTraining) -> None:
        """Report what an earlier attempt has measured and could not report."""
        for check in training.checks if isinstance(training, MonitoredTraining) else ():
            self.report(check)

    def report(self, check: Check) -> None:
        """Report a check that is not recorded yet. Raises AttemptStopped if the attempt is to end here."""
        data = check_data(check)
        if self._recorded.get(check.step) != data:
            self._recorded[check.step] = data
            self._context.progress.check(data)


def stopping_result(training: AnyTraining) -> dict[str, Any]:
    """What a job's result says of the checks, beside its shift."""
    if not isinstance(training, MonitoredTraining) or training.best_check is None:
        return {}
    stopping = {
        "stopped": training.stopped_early,
        "trained_steps": training.training.step,
        "kept_step": training.best_check.step,
        "metrics": {"text": training.metrics.text.name, "image": training.metrics.image.name},
        "checks": [check_data(check) for check in training.checks],
    }
    return {"stopping": stopping}


def check_data(check: Check) -> dict[str, Any]:
    """The check as events and results show it."""
    return {name: value if name == "step" else round(value, 6) for name, value in asdict(check).items()}


def recorded_checks(context: JobContext) -> dict[int, dict[str, Any]]:
    """The checks that the job's events hold already, by step."""
    with context.scope() as scope:
        return attempt.recorded_checks(scope, context.claim.job_id)
