"""The banded spectral space: factored against merged, its gradient, and its file."""

from collections.abc import Callable

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from svdiff_core.errors import ShiftDoesNotFit, ShiftFileInvalid
from svdiff_core.shift import algebra, file
from svdiff_core.shift.file import BANDED_FORMAT, FORMAT, Shift, ShiftMetadata
from svdiff_core.spectral.factors import compute
from svdiff_core.spectral.layers import tuned_weights
from svdiff_core.spectral.merge import merge
from svdiff_core.spectral.module import SpectralModule, attach

B = 3
LAYERS: dict[str, tuple[Callable[[], nn.Module], tuple[int, ...]]] = {
    "linear": (lambda: nn.Linear(6, 4), (5, 6)),
    "embedding": (lambda: nn.Embedding(11, 4), (5,)),
    "conv2d": (lambda: nn.Conv2d(3, 5, 3, padding=1), (3, 6, 7)),
    "conv2d grouped": (lambda: nn.Conv2d(4, 8, 3, stride=2, padding=2, groups=2), (4, 7, 6)),
    "transposed conv2d": (lambda: nn.ConvTranspose2d(3, 5, 3, stride=2, padding=1), (3, 4, 5)),
    "transposed conv2d grouped": (lambda: nn.ConvTranspose2d(6, 4, (3, 2), stride=2, groups=2), (6, 3, 4)),
    "layer norm of images": (lambda: nn.LayerNorm((3, 4)), (2, 3, 4)),
}


def setting(name: str) -> tuple[nn.Module, Tensor]:
    """A layer in a module, and an input of it."""
    make, shape = LAYERS[name]
    torch.manual_seed(0)
    module = nn.Sequential(make())
    for parameter in module.parameters():
        parameter.data.normal_()
    return module, torch.randint(11, (B, *shape)) if name == "embedding" else torch.randn(B, *shape)


def random_deltas(module: nn.Module, seed: int, band: int = 2) -> dict[str, Tensor]:
    """A random δ with off-diagonal terms."""
    zero = SpectralModule(module, compute(tuned_weights(module)), None, band=band).deltas()
    generator = torch.Generator().manual_seed(seed)
    return {name: 0.5 * torch.randn(delta.shape, generator=generator) for name, delta in zero.items()}


@pytest.mark.parametrize("name", LAYERS)
def test_the_banded_factored_form_equals_the_merged_one_and_the_formula(name: str) -> None:
    """U (diag(ReLU(σ + δ)) + B) Vᵀ with a dense B, the merged weight and the factored layer agree to 1e-4."""
    module, x = setting(name)
    factors, deltas = compute(tuned_weights(module)), random_deltas(module, 1)
    factor = factors.matrices["0"]
    middle = torch.diag((factor.sigma + deltas["0"]).relu())
    for d in (1, -1, 2, -2):
        if (b := deltas.get(f"0@{d:+d}")) is not None:
            middle = middle + torch.diag(b, d)
    handle = attach(module, factors, deltas)
    factored = module(x)
    handle.detach()
    merged = merge(module, factors, deltas)
    weight = module.get_parameter("0.weight")
    torch.testing.assert_close(weight.flatten(1), factor.U @ middle @ factor.Vt, rtol=1e-4, atol=1e-5)
    torch.testing.assert_close(factored, module(x), rtol=1e-4, atol=1e-5)
    merged.undo()


@pytest.mark.parametrize("name", LAYERS)
def test_every_sample_may_have_its_own_band(name: str) -> None:
    """A batch of two shifts, one of them without a band, equals each alone."""
    module, x = setting(name)
    factors = compute(tuned_weights(module))
    own = [random_deltas(module, 1), random_deltas(module, 2), {"0": random_deltas(module, 3)["0"]}]
    stacked = {n: torch.stack([d.get(n, torch.zeros_like(example)) for d in own]) for n, example in own[0].items()}
    handle = attach(module, factors, stacked)
    together = module(x)
    handle.detach()
    for i, deltas in enumerate(own):
        handle = attach(module, factors, deltas)
        torch.testing.assert_close(together[i : i + 1], module(x[i : i + 1]), rtol=1e-4, atol=1e-5)
        handle.detach()


def test_a_band_of_zeros_changes_no_bit_of_the_merged_weight() -> None:
    """Where δ and B are 0, the weight is the base's own tensor."""
    module, _ = setting("conv2d")
    pointer = module.get_parameter("0.weight").data_ptr()
    zeros = {name: torch.zeros_like(delta) for name, delta in random_deltas(module, 0).items()}
    merged = merge(module, compute(tuned_weights(module)), zeros)
    assert module.get_parameter("0.weight").data_ptr() == pointer
    merged.undo()


@pytest.mark.parametrize("name", ["linear", "conv2d grouped", "transposed conv2d"])
def test_the_gradient_of_the_band_is_that_of_finite_differences(name: str) -> None:
    """Central differences of the loss in every off-diagonal term, in float64, agree with autograd."""
    module, x = setting(name)
    module, x = module.double(), x.double()
    factors = compute(tuned_weights(module), torch.float64)
    deltas = random_deltas(module, 1, band=1)
    handle = SpectralModule(module, factors, deltas, trainable=True, band=1)
    handle.attach()
    module(x).square().mean().backward()
    bands = handle.groups().matrices["bands"]
    gradient = bands.grad
    assert gradient is not None
    differences = torch.zeros_like(gradient)
    with torch.no_grad():
        for i in range(len(bands)):
            losses = []
            for step in (1e-2, -1e-2):  # the loss is quadratic in it, so that no step is too long
                bands[i] += step
                losses.append(module(x).square().mean())
                bands[i] -= step
            differences[i] = (losses[0] - losses[1]) / 2e-2
    handle.detach()
    torch.testing.assert_close(gradient, differences, rtol=1e-3, atol=1e-4)


def test_a_vector_and_a_single_value_have_no_off_diagonal_terms() -> None:
    """Norm scales and matrices of rank 1 stay as they are in a banded space."""
    module = nn.Sequential(nn.Linear(3, 1), nn.LayerNorm(1), nn.Linear(1, 3))
    handle = SpectralModule(module, compute(tuned_weights(module)), None, band=1)
    assert list(handle.deltas()) == ["0", "1", "2"]
    assert list(handle.groups().matrices) == ["matrices"]


@pytest.mark.parametrize(
    ("name", "length", "reason"),
    [("0@+1", 4, "3 are expected"), ("1@+1", 3, "a vector"), ("0@1", 3, "not a name"), ("2@-1", 3, "no such layer")],
)
def test_terms_that_do_not_fit_are_refused(name: str, length: int, reason: str) -> None:
    """Wrong lengths, vectors, malformed offsets and unknown layers raise ShiftDoesNotFit."""
    module = nn.Sequential(nn.Linear(6, 4), nn.LayerNorm(4))
    with pytest.raises(ShiftDoesNotFit, match=reason):
        merge(module, compute(tuned_weights(module)), {name: torch.ones(length)})


def banded_shift(size: float) -> Shift:
    """A shift of one layer with a band of one."""
    lengths = {"unet.x": 3, "unet.x@+1": 2, "unet.x@-1": 2}
    deltas = {name: np.full(n, size, dtype=np.float32) for name, n in lengths.items()}
    return Shift(deltas, ShiftMetadata("svd1-x", format=BANDED_FORMAT))


def test_a_banded_file_has_a_format_of_its_own_and_a_plain_one_keeps_the_old() -> None:
    """Readers that know format 1 alone refuse a band by its format; without a band the bytes are format 1."""
    banded = banded_shift(1.0)
    loaded = file.load(file.dump(banded))
    assert loaded.metadata == banded.metadata
    assert {n: d.tolist() for n, d in loaded.deltas.items()} == {n: d.tolist() for n, d in banded.deltas.items()}
    plain = Shift({"unet.x": banded.deltas["unet.x"]}, ShiftMetadata("svd1-x"))
    assert b'\\"format\\":1' in file.dump(plain)
    assert file.load(file.dump(plain)).metadata.format == FORMAT


def test_a_banded_file_that_calls_itself_plain_is_refused() -> None:
    """A format that is not that of the layers is an error, in either direction."""
    data = file.dump(banded_shift(1.0))
    with pytest.raises(ShiftFileInvalid, match="format is 1"):
        file.load(data.replace(b'\\"format\\":2', b'\\"format\\":1'))


def test_the_algebra_of_shifts_holds_for_bands() -> None:
    """Sums and restrictions act on off-diagonal terms as on δ."""
    total = algebra.add([(banded_shift(1.0), 0.5), (banded_shift(2.0), 1.0)])
    assert total.metadata.format == BANDED_FORMAT
    assert {name: delta.tolist() for name, delta in total.deltas.items()} == {
        "unet.x": [2.5] * 3,
        "unet.x@+1": [2.5] * 2,
        "unet.x@-1": [2.5] * 2,
    }
    assert set(algebra.restrict(total, lambda name: name == "unet.x").deltas) == set(total.deltas)
