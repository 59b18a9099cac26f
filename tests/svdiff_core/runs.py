"""Trainings and samplings, run to their end."""

from collections.abc import Iterator

from torch import Tensor

from svdiff_core.sampling.sampler import SampleDone, SampleStep
from svdiff_core.training.loop import StepRecord, Training


def run(training: Training) -> list[StepRecord]:
    """All records of a training."""
    return list(training.steps())


def pictures(run: Iterator[SampleStep | SampleDone]) -> Tensor:
    """The pictures of a run."""
    *_, last = run
    assert isinstance(last, SampleDone)
    return last.pictures
