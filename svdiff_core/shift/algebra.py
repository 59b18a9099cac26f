"""Shifts scaled, added, interpolated and restricted: small pure functions (eq. 4 and 5)."""

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from svdiff_core.errors import ShiftDoesNotFit
from svdiff_core.shift.file import Delta, Shift, ShiftMetadata, check_base, layer_and_offset


def scale(shift: Shift, s: float) -> Shift:
    """s·δ in every layer."""
    return add([(shift, s)])


def add(weighted: Sequence[tuple[Shift, float]]) -> Shift:
    """Σ wᵢ δᵢ, layer by layer (eq. 4; the ReLU is applied to the sum, in the layer).

    A layer that a shift lacks counts as zero.

    Raises:
        ShiftOfAnotherBase: the shifts are not all of one base.
        ShiftDoesNotFit: two shifts disagree on a layer's length, or the sum is not finite.
    """
    first = weighted[0][0]
    for shift, _ in weighted[1:]:
        check_base(shift, first.metadata.base)
    total: dict[str, npt.NDArray[np.float64]] = {}
    for shift, weight in weighted:
        for name, delta in shift.deltas.items():
            term = np.float64(weight) * delta.astype(np.float64)
            if name in total and total[name].shape != term.shape:
                raise ShiftDoesNotFit(name, "the shifts give it different numbers of values")
            total[name] = total[name] + term if name in total else term
    deltas = {name: _to_float32(name, value) for name, value in sorted(total.items())}
    return Shift(deltas, _joint_metadata([shift for shift, _ in weighted]))


def interpolate(a: Shift, b: Shift, alpha: float) -> Shift:
    """α·δ_a + (1-α)·δ_b (eq. 5), 0 ≤ α ≤ 1."""
    if not 0 <= alpha <= 1:
        raise ValueError(f"alpha must lie in [0, 1], not {alpha}")
    return add([(a, alpha), (b, 1 - alpha)])


def restrict(shift: Shift, predicate: Callable[[str], bool], subset: str = "custom") -> Shift:
    """The shift of the layers whose name satisfies the predicate; the rest stays the base's."""
    kept = {name: delta for name, delta in shift.deltas.items() if predicate(layer_and_offset(name)[0])}
    return Shift(kept, replace(shift.metadata, subset=subset))


def _to_float32(name: str, value: npt.NDArray[np.float64]) -> Delta:
    if not (np.abs(value) <= np.finfo(np.float32).max).all():
        raise ShiftDoesNotFit(name, "the weighted sum is not finite")
    return value.astype(np.float32)


def _joint_metadata(shifts: Sequence[Shift]) -> ShiftMetadata:
    first = shifts[0].metadata
    if len(shifts) == 1:
        return first
    subsets = {shift.metadata.subset for shift in shifts}
    words = tuple(word for shift in shifts for word in shift.metadata.words)
    newest = max(shift.metadata.format for shift in shifts)
    return ShiftMetadata(first.base, subsets.pop() if len(subsets) == 1 else "mixed", words, format=newest)
