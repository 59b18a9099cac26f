"""W = U diag(σ) Vᵀ of every tuned matrix: computed once per base in float64, stored, memory-mapped."""

import fcntl
import json
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import safetensors
import torch
from safetensors.torch import save_file
from torch import Tensor

from svdiff_core.errors import FactorsInvalid

NEAR_EQUAL = 1e-6  # relative gap under which two singular pairs may rotate into each other
METADATA_KEY = "svdiff_factors"


@dataclass(frozen=True)
class Factor:
    """One matrix's factors; M is the weight's first dimension, N the product of the others."""

    U: Tensor  # (M, r)
    sigma: Tensor  # (r,) float32, descending
    Vt: Tensor  # (r, N)

    def to(self, device: torch.device | str, dtype: torch.dtype) -> "Factor":
        """The factors on a device; σ stays float32."""
        return Factor(self.U.to(device, dtype), self.sigma.to(device), self.Vt.to(device, dtype))


@dataclass(frozen=True)
class Factors:
    """The factors of a base's tuned matrices, by layer name; vectors have none."""

    matrices: Mapping[str, Factor]
    near_equal: Mapping[str, tuple[int, ...]] = field(default_factory=dict)  # i where σᵢ ≈ σᵢ₊₁

    def part(self, name: str) -> "Factors":
        """The factors of one part (`unet`, `text_encoder`), without its prefix."""
        prefix = f"{name}."
        return Factors(
            {key.removeprefix(prefix): f for key, f in self.matrices.items() if key.startswith(prefix)},
            {key.removeprefix(prefix): i for key, i in self.near_equal.items() if key.startswith(prefix)},
        )

    def to(self, device: torch.device | str, dtype: torch.dtype) -> "Factors":
        """The same factors on a device and in a dtype."""
        return Factors({name: f.to(device, dtype) for name, f in self.matrices.items()}, self.near_equal)


def compute(
    weights: Mapping[str, Tensor],
    dtype: torch.dtype = torch.float32,
    progress: Callable[[int, int], None] | None = None,
) -> Factors:
    """SVD of every weight of two or more dimensions, in float64 on the CPU; the result is cast to `dtype`.

    `progress` is called with (matrices done, matrices in all) after each one.
    """
    chosen = {name: weight for name, weight in weights.items() if weight.ndim > 1}
    matrices: dict[str, Factor] = {}
    near_equal: dict[str, tuple[int, ...]] = {}
    for done, (name, weight) in enumerate(chosen.items(), start=1):
        U, sigma, Vt = _svd(weight)
        matrices[name] = Factor(U.to(dtype).contiguous(), sigma.float(), Vt.to(dtype).contiguous())
        if pairs := _near_equal(sigma):
            near_equal[name] = pairs
        if progress is not None:
            progress(done, len(chosen))
    return Factors(matrices, near_equal)


def save(factors: Factors, path: Path) -> None:
    """Write the factors to a file that appears whole or not at all."""
    tensors = {
        f"{name}.{letter}": tensor
        for name, factor in factors.matrices.items()
        for letter, tensor in (("U", factor.U), ("sigma", factor.sigma), ("Vt", factor.Vt))
    }
    text = json.dumps({"near_equal": factors.near_equal}, sort_keys=True)
    part = path.with_name(f"{path.name}.{os.getpid()}.part")
    try:
        save_file(tensors, part, metadata={METADATA_KEY: text})
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


def load(path: Path) -> Factors:
    """Map a factors file into memory: pages are read when a layer first uses them.

    Raises:
        FactorsInvalid: the file is missing, damaged or of another kind.
    """
    try:
        with safetensors.safe_open(path, framework="pt") as file:
            metadata = json.loads(file.metadata()[METADATA_KEY])
            tensors = {key: file.get_tensor(key) for key in file.keys()}  # noqa: SIM118 — not a dict
        names = [key.removesuffix(".sigma") for key in tensors if key.endswith(".sigma")]
        matrices = {n: Factor(tensors[f"{n}.U"], tensors[f"{n}.sigma"], tensors[f"{n}.Vt"]) for n in names}
        near_equal = {name: tuple(pairs) for name, pairs in metadata["near_equal"].items()}
    except (OSError, safetensors.SafetensorError, KeyError, TypeError, ValueError) as error:
        raise FactorsInvalid(f"{path.name} cannot be read") from error
    return Factors(matrices, near_equal)


def load_or_compute(
    folder: Path,
    fingerprint: str,
    weights: Mapping[str, Tensor],
    dtype: torch.dtype = torch.float32,
    progress: Callable[[int, int], None] | None = None,
) -> Factors:
    """The stored factors of a base, or new ones, stored; of several processes one computes, the rest wait."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{fingerprint}-{str(dtype).removeprefix('torch.')}.safetensors"
    if not path.exists():
        with _locked(folder / f"{fingerprint}.lock"):
            if not path.exists():
                save(compute(weights, dtype, progress), path)
    factors = load(path)
    _check_fits(factors, weights)
    return factors


def _svd(weight: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    W = weight.detach().to(device="cpu", dtype=torch.float64).flatten(1)  # (M, N)
    U, sigma, Vt = torch.linalg.svd(W, full_matrices=False)
    return U, sigma, Vt


def _near_equal(sigma: Tensor) -> tuple[int, ...]:
    gap = sigma[:-1] - sigma[1:]
    return tuple(torch.nonzero(gap < NEAR_EQUAL * sigma[:-1]).flatten().tolist())


def _check_fits(factors: Factors, weights: Mapping[str, Tensor]) -> None:
    for name, weight in weights.items():
        if weight.ndim > 1:
            factor = factors.matrices.get(name)
            if factor is None or (factor.U.shape[0], factor.Vt.shape[1]) != tuple(weight.flatten(1).shape):
                raise FactorsInvalid(f"they lack layer {name!r} or have it in another shape")


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    with path.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
