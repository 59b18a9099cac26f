"""Spectral shifts: fine-tune a diffusion model by its singular values (SVDiff, arXiv 2303.11305).

What is listed here is the public surface; `svdiff_core.shift`, `spectral.factors`, `spaces.adapter`, `training.prior`
and `training.state` add the files. Names are imported when first used: `import svdiff_core`, `svdiff_core.shift` and
`svdiff_core.parameters` need numpy and safetensors only.

To read the code, begin with `base.py`, then `spectral/`, `training/loop.py` and `sampling/sampler.py`; the docstring of
each folder says what is in it.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from svdiff_core.base import Base, load_base
    from svdiff_core.errors import CoreError
    from svdiff_core.metrics.alignment import Metrics
    from svdiff_core.metrics.lookup import MetricFolders, metrics_for
    from svdiff_core.parameters.early_stopping import Check, StopRule
    from svdiff_core.parameters.recipe import Recipe
    from svdiff_core.parameters.sampling import SamplingSpec
    from svdiff_core.sampling.mixed import sample_mixed
    from svdiff_core.sampling.sampler import SampleDone, SampleStep, sample
    from svdiff_core.shift.file import Shift, ShiftMetadata, SubjectWords
    from svdiff_core.spaces.adapter import TensorAdapter, TensorAdapterMetadata
    from svdiff_core.spectral.layers import tuned_weights
    from svdiff_core.spectral.merge import merge
    from svdiff_core.spectral.module import attach
    from svdiff_core.training.held_out import HeldOut
    from svdiff_core.training.loop import StepRecord, Training
    from svdiff_core.training.monitored import MonitoredTraining
    from svdiff_core.training.prior import PriorDone, sample_prior
    from svdiff_core.training.state import TrainingState
    from svdiff_core.training.subjects import Subject

_HOMES = {
    "base": ("Base", "load_base"),
    "errors": ("CoreError",),
    "metrics.alignment": ("Metrics",),
    "metrics.lookup": ("MetricFolders", "metrics_for"),
    "parameters.early_stopping": ("Check", "StopRule"),
    "parameters.recipe": ("Recipe",),
    "parameters.sampling": ("SamplingSpec",),
    "sampling.mixed": ("sample_mixed",),
    "sampling.sampler": ("SampleDone", "SampleStep", "sample"),
    "shift.file": ("Shift", "ShiftMetadata", "SubjectWords"),
    "spaces.adapter": ("TensorAdapter", "TensorAdapterMetadata"),
    "spectral.layers": ("tuned_weights",),
    "spectral.merge": ("merge",),
    "spectral.module": ("attach",),
    "training.held_out": ("HeldOut",),
    "training.loop": ("StepRecord", "Training"),
    "training.monitored": ("MonitoredTraining",),
    "training.prior": ("PriorDone", "sample_prior"),
    "training.state": ("TrainingState",),
    "training.subjects": ("Subject",),
}
_HOME_OF = {name: home for home, names in _HOMES.items() for name in names}

__all__ = [
    "Base",
    "Check",
    "CoreError",
    "HeldOut",
    "MetricFolders",
    "Metrics",
    "MonitoredTraining",
    "PriorDone",
    "Recipe",
    "SampleDone",
    "SampleStep",
    "SamplingSpec",
    "Shift",
    "ShiftMetadata",
    "StepRecord",
    "StopRule",
    "Subject",
    "SubjectWords",
    "TensorAdapter",
    "TensorAdapterMetadata",
    "Training",
    "TrainingState",
    "attach",
    "load_base",
    "merge",
    "metrics_for",
    "sample",
    "sample_mixed",
    "sample_prior",
    "tuned_weights",
]


def __getattr__(name: str) -> Any:
    if name not in _HOME_OF:
        raise AttributeError(f"module 'svdiff_core' has no attribute {name!r}")
    return getattr(import_module(f"svdiff_core.{_HOME_OF[name]}"), name)
