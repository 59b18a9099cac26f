"""A shift merged into a module's weights, and taken out again bit for bit."""

from collections.abc import Mapping

import torch
from torch import Tensor, nn

from svdiff_core.errors import FactorsInvalid, ShiftDoesNotFit
from svdiff_core.shift.file import layer_and_offset
from svdiff_core.shift.subsets import floats
from svdiff_core.spectral import band
from svdiff_core.spectral.factors import Factor, Factors
from svdiff_core.spectral.layers import tuned_weights


class MergedModule:
    """A module whose weights carry a shift; `undo` puts the original tensors back."""

    def __init__(self) -> None:
        self._originals: list[tuple[nn.Parameter, Tensor]] = []

    def replace(self, parameter: nn.Parameter, weight: Tensor) -> None:
        """Let the parameter hold another tensor and keep its own: no copy, so undo is exact."""
        self._originals.append((parameter, parameter.data))
        parameter.data = weight

    def undo(self) -> None:
        """Put every original weight back, bit for bit."""
        while self._originals:
            parameter, original = self._originals.pop()
            parameter.data = original


def merge(module: nn.Module, factors: Factors, deltas: Mapping[str, Tensor]) -> MergedModule:
    """W' = W + U (diag(ReLU(σ + δ) - σ) + B) Vᵀ, and w' = w + δ: exact at δ = 0, where W is left untouched.

    For many steps of one shift: the module then runs at its own speed. δ is (r,).
    """
    weights = tuned_weights(module)
    check_fits({name: weight.shape for name, weight in weights.items()}, deltas)
    terms: dict[str, dict[int, Tensor]] = {}  # by layer and offset
    for name, delta in deltas.items():
        layer, d = layer_and_offset(name)
        if delta.any():
            terms.setdefault(layer, {})[d] = delta.to(weights[layer].device)
    changed = {name: _merged_weight(name, weights[name].data, factors, own) for name, own in terms.items()}
    merged = MergedModule()
    for name, weight in changed.items():  # only now, so that an error above leaves the module as it was
        merged.replace(weights[name], weight)
    return merged


def check_fits(shapes: Mapping[str, torch.Size], deltas: Mapping[str, Tensor]) -> None:
    """Raise ShiftDoesNotFit unless every δ names one of the weights and has one value for each of its σ."""
    for name, delta in deltas.items():
        layer, d = layer_and_offset(name)
        if layer not in shapes:
            raise ShiftDoesNotFit(name, "the base has no such layer")
        if d and len(shapes[layer]) == 1:
            raise ShiftDoesNotFit(name, "a vector has no off-diagonal terms")
        expected = max(floats(tuple(shapes[layer])) - abs(d), 0)
        if delta.shape[-1] != expected:
            raise ShiftDoesNotFit(name, f"it has {delta.shape[-1]} values where {expected} are expected")


def factor_of(name: str, factors: Factors) -> Factor:
    """The layer's factors; FactorsInvalid where there are none."""
    if name not in factors.matrices:
        raise FactorsInvalid(f"they lack layer {name!r}")
    return factors.matrices[name]


def _merged_weight(name: str, W: Tensor, factors: Factors, terms: Mapping[int, Tensor]) -> Tensor:
    """W', of W's own shape; `terms` are δ at offset 0 and the off-diagonal terms at theirs."""
    if W.ndim == 1:
        return (W.float() + terms[0]).to(W.dtype)
    factor = factor_of(name, factors)
    U, Vt = factor.U.float(), factor.Vt.float()
    bands = {d: b for d, b in terms.items() if d}
    dW = band.dense(U, bands, Vt) if bands else None  # (M, N)
    if 0 in terms:
        change = (factor.sigma + terms[0]).relu() - factor.sigma  # (r,)
        diagonal = (U * change) @ Vt
        dW = diagonal if dW is None else dW + diagonal
    if dW is None:
        return W
    return (W.float() + dW.view(W.shape)).to(W.dtype)
