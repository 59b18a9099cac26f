"""Spectral shifts: fine-tune a diffusion model by its singular values (SVDiff, arXiv 2303.11305).

What is listed here is the public surface; `svdiff_core.shift`, `factors`, `prior` and
`training_state` add the files. Names are imported when first used: `import svdiff_core` and
`svdiff_core.shift` need numpy and safetensors only.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from svdiff_core.alignment.choose import MetricFolders, metrics_for
    from svdiff_core.alignment.metrics import Metrics
    from svdiff_core.base import Base, load_base
    from svdiff_core.errors import CoreError
    from svdiff_core.held_out import HeldOut
    from svdiff_core.prior import PriorDone, sample_prior
    from svdiff_core.recipe import Recipe
    from svdiff_core.sampling import SampleDone, SampleStep, SamplingSpec, sample, sample_mixed
    from svdiff_core.shift import Shift, ShiftMetadata, SubjectWords
    from svdiff_core.spectral import attach, merge, tuned_weights
    from svdiff_core.stopping import Check, StopRule
    from svdiff_core.subject import Subject
    from svdiff_core.training import StepRecord, Training
    from svdiff_core.training_state import TrainingState
    from svdiff_core.tuned import Tuned, TunedMetadata
    from svdiff_core.watched_training import WatchedTraining

_HOMES = {
    "alignment.choose": ("MetricFolders", "metrics_for"),
    "alignment.metrics": ("Metrics",),
    "base": ("Base", "load_base"),
    "errors": ("CoreError",),
    "held_out": ("HeldOut",),
    "prior": ("PriorDone", "sample_prior"),
    "recipe": ("Recipe",),
    "sampling": ("SampleDone", "SampleStep", "SamplingSpec", "sample", "sample_mixed"),
    "shift": ("Shift", "ShiftMetadata", "SubjectWords"),
    "spectral": ("attach", "merge", "tuned_weights"),
    "stopping": ("Check", "StopRule"),
    "subject": ("Subject",),
    "training": ("StepRecord", "Training"),
    "training_state": ("TrainingState",),
    "tuned": ("Tuned", "TunedMetadata"),
    "watched_training": ("WatchedTraining",),
}
_HOME_OF = {name: home for home, names in _HOMES.items() for name in names}

__all__ = [
    "Base",
    "Check",
    "CoreError",
    "HeldOut",
    "MetricFolders",
    "Metrics",
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
    "Training",
    "TrainingState",
    "Tuned",
    "TunedMetadata",
    "WatchedTraining",
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
