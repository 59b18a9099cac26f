import threading
from pathlib import Path

import pytest
import torch
from torch import Tensor

from svdiff_core.errors import FactorsInvalid
from svdiff_core.spectral import factors


@pytest.fixture
def weights() -> dict[str, Tensor]:
    """A wide matrix, a tall one, a convolution and a vector."""
    generator = torch.Generator().manual_seed(0)
    shapes = {"wide": (3, 7), "tall": (9, 4), "conv": (6, 2, 3, 3), "scale": (5,)}
    return {name: torch.randn(shape, generator=generator) for name, shape in shapes.items()}


@pytest.fixture
def svd_calls(monkeypatch: pytest.MonkeyPatch) -> list[tuple[int, ...]]:
    """The shapes of all matrices decomposed so far."""
    calls: list[tuple[int, ...]] = []
    real = torch.linalg.svd

    def counting(matrix: Tensor, *, full_matrices: bool) -> tuple[Tensor, Tensor, Tensor]:
        calls.append(tuple(matrix.shape))
        return tuple(real(matrix, full_matrices=full_matrices))

    monkeypatch.setattr(torch.linalg, "svd", counting)
    return calls


def assert_same(a: factors.Factors, b: factors.Factors) -> None:
    """Bit-equal factors."""
    assert a.near_equal == b.near_equal
    assert a.matrices.keys() == b.matrices.keys()
    for name, factor in a.matrices.items():
        for x, y in zip(vars(factor).values(), vars(b.matrices[name]).values(), strict=True):
            assert torch.equal(x, y)


def test_factors_rebuild_every_matrix(weights: dict[str, Tensor]) -> None:
    """The product of the factors is the reshaped weight, singular values descend, and vectors have no factors."""
    computed = factors.compute(weights)
    assert set(computed.matrices) == {"wide", "tall", "conv"}
    for name, factor in computed.matrices.items():
        torch.testing.assert_close((factor.U * factor.sigma) @ factor.Vt, weights[name].flatten(1))
        assert (factor.sigma.diff() <= 0).all()


def test_progress_counts_the_matrices(weights: dict[str, Tensor]) -> None:
    """Progress goes from 1 to the number of matrices."""
    seen: list[tuple[int, int]] = []
    factors.compute(weights, progress=lambda done, total: seen.append((done, total)))
    assert seen == [(1, 3), (2, 3), (3, 3)]


def test_nearly_equal_singular_values_are_listed() -> None:
    """A pair closer than 1e-6 relative is named by its first index; a plainly separate one is not."""
    sigma = torch.tensor([3.0, 2.0, 2.0 * (1 - 1e-8), 1.0], dtype=torch.float64)
    u, _ = torch.linalg.qr(torch.randn(4, 4, dtype=torch.float64, generator=torch.Generator().manual_seed(0)))
    computed = factors.compute({"pair": (u * sigma) @ u.T}, torch.float64)
    assert computed.near_equal == {"pair": (1,)}


def test_what_is_stored_comes_back_bit_for_bit(weights: dict[str, Tensor], tmp_path: Path) -> None:
    """Save, perturb nothing, load: the same tensors and the same list of near-equal pairs."""
    computed = factors.Factors(factors.compute(weights).matrices, {"wide": (0, 1)})
    factors.save(computed, tmp_path / "f.safetensors")
    assert_same(factors.load(tmp_path / "f.safetensors"), computed)
    assert [path.name for path in tmp_path.iterdir()] == ["f.safetensors"]


def test_factors_are_never_recomputed_at_load(
    weights: dict[str, Tensor], tmp_path: Path, svd_calls: list[tuple[int, ...]]
) -> None:
    """The second load of a base costs no SVD."""
    first = factors.load_or_compute(tmp_path, "svd1-a", weights)
    assert len(svd_calls) == 3
    assert_same(factors.load_or_compute(tmp_path, "svd1-a", weights), first)
    assert len(svd_calls) == 3


def test_two_that_load_at_once_compute_once(
    weights: dict[str, Tensor], tmp_path: Path, svd_calls: list[tuple[int, ...]]
) -> None:
    """The lock makes one of two loaders wait for the other's factors."""
    loaders = [threading.Thread(target=factors.load_or_compute, args=(tmp_path, "svd1-a", weights)) for _ in range(2)]
    for loader in loaders:
        loader.start()
    for loader in loaders:
        loader.join()
    assert len(svd_calls) == 3


def test_each_dtype_has_its_own_file(weights: dict[str, Tensor], tmp_path: Path) -> None:
    """Factors in bfloat16 lie beside those in float32; singular values stay float32."""
    factors.load_or_compute(tmp_path, "svd1-a", weights)
    half = factors.load_or_compute(tmp_path, "svd1-a", weights, torch.bfloat16)
    assert half.matrices["conv"].U.dtype == torch.bfloat16
    assert half.matrices["conv"].sigma.dtype == torch.float32


@pytest.mark.parametrize("content", [b"", b"\x08\0\0\0\0\0\0\0notjson!", b"\xff" * 64])
def test_a_damaged_file_is_refused_by_name(content: bytes, tmp_path: Path) -> None:
    """Bytes that are no factors raise FactorsInvalid with the file's name."""
    path = tmp_path / "broken.safetensors"
    path.write_bytes(content)
    with pytest.raises(FactorsInvalid, match=r"broken\.safetensors"):
        factors.load(path)


def test_factors_of_other_weights_are_refused(weights: dict[str, Tensor], tmp_path: Path) -> None:
    """A file that lacks a layer, or has it in another shape, does not pass for the base's."""
    factors.save(factors.compute({"wide": weights["wide"]}), tmp_path / "svd1-a-float32.safetensors")
    with pytest.raises(FactorsInvalid, match="'tall'"):
        factors.load_or_compute(tmp_path, "svd1-a", weights)


def test_a_part_has_its_layers_without_the_prefix(weights: dict[str, Tensor]) -> None:
    """`part` picks one module's factors out of the base's."""
    computed = factors.compute({"unet.x": weights["wide"], "unet2.x": weights["tall"]})
    assert set(computed.part("unet").matrices) == {"x"}
    assert torch.equal(computed.part("unet").matrices["x"].U, computed.matrices["unet.x"].U)
