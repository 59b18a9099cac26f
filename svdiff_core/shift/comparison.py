"""Comparing two shifts: how similar they are, and how much is lost when they are added."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from svdiff_core.errors import ShiftDoesNotFit
from svdiff_core.shift.file import Delta, Float64s, Shift, check_base


def cosine(a: Shift, b: Shift) -> dict[str, float]:
    """Cosine of the two shifts in every layer both have; 0 where one of them is zero."""
    return {name: _cosine(a.deltas[name], b.deltas[name]) for name in a.deltas if name in b.deltas}


@dataclass(frozen=True)
class LayerComparison:
    """Two shifts in one layer that both have; norms are Euclidean.

    `canceled` is 1 - ‖δ₁ + δ₂‖₁ / (‖δ₁‖₁ + ‖δ₂‖₁): 0 where all signs agree, 1 where the sum is zero.
    `clipped` is the fraction of singular values that the ReLU clips in the sum and in neither alone; None without σ.
    """

    values: int
    cosine: float
    norms: tuple[float, float]
    canceled: float
    clipped: float | None


@dataclass(frozen=True)
class Comparison:
    """Two shifts of one base. The cosine is the mean over the layers; the rest is over all of their values."""

    layers: Mapping[str, LayerComparison]
    cosine: float
    opposed: float  # fraction of the layers whose cosine is negative
    canceled: float
    clipped: float | None  # of the singular values of the layers whose σ is known
    alone: tuple[tuple[str, ...], tuple[str, ...]]  # layers that one of the two has and the other lacks


def compare(a: Shift, b: Shift, sigmas: Mapping[str, npt.NDArray[np.float32]] | None = None) -> Comparison:
    """How similar two shifts are, and how much of them is lost when they are added (eq. 4).

    `sigmas` are the base's singular values, (r,) by layer; 1-D layers have none, and no ReLU.

    Raises:
        ShiftOfAnotherBase: the shifts are not of one base.
        ShiftDoesNotFit: they disagree on a layer's length, or with σ.
    """
    check_base(b, a.metadata.base)
    pairs = {name: _pair(name, a, b) for name in sorted(a.deltas.keys() & b.deltas.keys())}
    layers = {name: _compare_layer(name, x, y, (sigmas or {}).get(name)) for name, (x, y) in pairs.items()}
    clipped = [(layer.clipped, layer.values) for layer in layers.values() if layer.clipped is not None]
    return Comparison(
        layers=layers,
        cosine=_ratio(sum(layer.cosine for layer in layers.values()), len(layers)),
        opposed=_ratio(sum(layer.cosine < 0 for layer in layers.values()), len(layers)),
        canceled=_canceled(list(pairs.values())),
        clipped=_ratio(sum(c * n for c, n in clipped), sum(n for _, n in clipped)) if clipped else None,
        alone=(tuple(sorted(a.deltas.keys() - b.deltas.keys())), tuple(sorted(b.deltas.keys() - a.deltas.keys()))),
    )


def _pair(name: str, a: Shift, b: Shift) -> tuple[Float64s, Float64s]:
    x, y = a.deltas[name].astype(np.float64), b.deltas[name].astype(np.float64)
    if x.shape != y.shape:
        raise ShiftDoesNotFit(name, "the shifts give it different numbers of values")
    return x, y


def _compare_layer(name: str, x: Float64s, y: Float64s, sigma: npt.NDArray[np.float32] | None) -> LayerComparison:
    if sigma is not None and sigma.shape != x.shape:
        raise ShiftDoesNotFit(name, "it has another number of singular values")
    norms = (float(np.linalg.norm(x)), float(np.linalg.norm(y)))
    clipped = None if sigma is None else float(np.mean((sigma + x + y < 0) & (sigma + x >= 0) & (sigma + y >= 0)))
    return LayerComparison(len(x), _cosine(x, y), norms, _canceled([(x, y)]), clipped)


def _canceled(pairs: Sequence[tuple[Float64s, Float64s]]) -> float:
    whole = sum(float(np.abs(x).sum() + np.abs(y).sum()) for x, y in pairs)
    return _ratio(whole - sum(float(np.abs(x + y).sum()) for x, y in pairs), whole)


def _ratio(part: float, whole: float) -> float:
    return part / whole if whole else 0.0


def _cosine(x: Delta | Float64s, y: Delta | Float64s) -> float:
    x64, y64 = x.astype(np.float64), y.astype(np.float64)
    norms = float(np.linalg.norm(x64) * np.linalg.norm(y64))
    return float(x64 @ y64) / norms if norms > 0 else 0.0
