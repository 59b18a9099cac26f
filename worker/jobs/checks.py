"""Fine-tunes that are measured on held-out prompts on their way: how they are set up, and what is told of them."""

from collections.abc import Callable
from dataclasses import asdict
from functools import lru_cache
from pathlib import Path
from typing import Any, TypeAlias

from service.jobs import attempt
from service.jobs.specs import FineTuneSpec
from svdiff_core.base import Base
from svdiff_core.metrics.alignment import Metrics
from svdiff_core.metrics.choose import MetricFolders, metrics_for
from svdiff_core.parameters.early_stopping import Check
from svdiff_core.sampling.sampler import SampleStep
from svdiff_core.training.held_out import HeldOut
from svdiff_core.training.loop import StepRecord, Training
from svdiff_core.training.monitored import MonitoredTraining
from svdiff_core.training.state import TrainingState
from worker.engine.context import JobContext

Record: TypeAlias = StepRecord | SampleStep | Check
Trained: TypeAlias = Training | MonitoredTraining
Monitor: TypeAlias = Callable[[Training, TrainingState | None], Trained]

KEPT_METRICS = 2  # in memory: a CLIP may take a gigabyte


def monitor(bench: JobContext, base: Base, spec: FineTuneSpec) -> Monitor:
    """What makes the spec's training a watched one, if that is asked for; its metrics are there before any step.

    Raises:
        MetricsUnavailable: nothing here can measure what the base draws.
    """
    asked = spec.early_stopping
    if asked is None:
        return lambda training, _: training
    metrics = load_metrics(base.recipe.judge, MetricFolders(bench.settings.clip_folder, bench.settings.lpips_folder))
    bench.progress.step("loading")
    held_out = HeldOut(asked.prompts, metrics, spec.seed, asked.steps, asked.guidance, bench.settings.max_batch_size)
    rule = asked.rule()
    return lambda training, state: MonitoredTraining(training, held_out, rule, state)


@lru_cache(maxsize=KEPT_METRICS)
def load_metrics(judge: Path | None, folders: MetricFolders) -> Metrics:
    """The metrics, read once a process."""
    return metrics_for(judge, folders)


class CheckReporter:
    """Tells what is measured, each step once, whatever attempt it is.

    A check that is made again gives the same numbers; if it does not, on another machine, it is told again.
    """

    def __init__(self, bench: JobContext, spec: FineTuneSpec) -> None:
        self._bench = bench
        self._told = recorded_checks(bench) if spec.early_stopping else {}

    def catch_up(self, training: Trained) -> None:
        """Tell what an earlier attempt has measured and could not tell."""
        for check in training.checks if isinstance(training, MonitoredTraining) else ():
            self.tell(check)

    def tell(self, check: Check) -> None:
        """Tell a check that is not told yet. Raises Stop if the attempt is to end here."""
        told = check_data(check)
        if self._told.get(check.step) != told:
            self._told[check.step] = told
            self._bench.progress.check(told)


def stopping_result(training: Trained) -> dict[str, Any]:
    """What a job's result says beside its shift."""
    if not isinstance(training, MonitoredTraining) or training.best_check is None:
        return {}
    told = {
        "stopped": training.stopped_early,
        "trained_steps": training.training.step,
        "kept_step": training.best_check.step,
        "metrics": {"text": training.metrics.text.name, "image": training.metrics.image.name},
        "checks": [check_data(check) for check in training.checks],
    }
    return {"stopping": told}


def check_data(check: Check) -> dict[str, Any]:
    """The check as it is told."""
    return {name: value if name == "step" else round(value, 6) for name, value in asdict(check).items()}


def recorded_checks(bench: JobContext) -> dict[int, dict[str, Any]]:
    """The checks that the job's events tell already, by step."""
    with bench.database.tenant(bench.claim.tenant_id) as scope:
        return attempt.recorded_checks(scope, bench.claim.job_id)
