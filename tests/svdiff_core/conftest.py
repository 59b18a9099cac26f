"""A tiny base in memory, and shifts for it."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch

from svdiff_core.base import Base, load_base
from svdiff_core.shift.file import Shift, ShiftMetadata
from svdiff_core.shift.subsets import floats
from svdiff_core.spectral.layers import tuned_weights
from svdiff_core.training.subjects import Subject
from tests.shipped_judge import judge, renders

__all__ = ["judge", "renders"]


@pytest.fixture(scope="session")
def factors_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the tests' bases keep their factors."""
    return tmp_path_factory.mktemp("factors")


@pytest.fixture(scope="session")
def base(tiny_pipeline: Path, factors_dir: Path) -> Base:
    """The tiny base in float32: every test leaves it as it was."""
    return load_base(tiny_pipeline, factors_dir=factors_dir)


def make_shift(base: Base, seed: int, size: float = 0.05) -> Shift:
    """A random shift over all layers of a base."""
    rng = np.random.default_rng(seed)
    deltas = {
        f"{part}.{name}": (size * rng.standard_normal(floats(tuple(weight.shape)))).astype(np.float32)
        for part, module in base.family.parts.items()
        for name, weight in tuned_weights(module).items()
    }
    return Shift(deltas, ShiftMetadata(base.fingerprint))


@pytest.fixture(scope="session")
def shift_of(base: Base) -> Callable[[int], Shift]:
    """Random shifts of the tiny base, by seed."""
    return lambda seed: make_shift(base, seed)


@pytest.fixture(scope="session")
def subject() -> Subject:
    """Three noise pictures of a "sks dog"."""
    pictures = torch.rand((3, 3, 32, 32), generator=torch.Generator().manual_seed(0)) * 2 - 1
    return Subject(pictures, "a photo of a sks dog", "a photo of a dog", "sks", "dog")


@pytest.fixture
def weights_before(base: Base) -> dict[str, torch.Tensor]:
    """Copies of the tiny base's state, to compare with afterwards."""
    return {
        f"{part}.{name}": tensor.clone()
        for part, module in base.family.parts.items()
        for name, tensor in module.state_dict().items()
    }


@pytest.fixture
def assert_base_untouched(base: Base, weights_before: dict[str, torch.Tensor]) -> Callable[[], None]:
    """A check that no weight of the tiny base has changed and no factored forward is left."""

    def check() -> None:
        for part, module in base.family.parts.items():
            for name, tensor in module.state_dict().items():
                assert torch.equal(tensor, weights_before[f"{part}.{name}"]), name
            assert not any("forward" in child.__dict__ for child in module.modules())

    return check
