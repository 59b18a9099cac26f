"""A base with an adapter merged into its weights, while it samples."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import torch
from torch import Tensor

from svdiff_core.base import Base
from svdiff_core.errors import ShiftDoesNotFit
from svdiff_core.shift.file import Shift, check_base
from svdiff_core.spaces.adapter import Adapter, TensorAdapter
from svdiff_core.spectral.layers import tuned_weights
from svdiff_core.spectral.merge import check_fits, merge


@contextmanager
def merged_base(base: Base, adapter: Adapter | None) -> Iterator[None]:
    """The base with an adapter merged into its weights, bit for bit itself again afterwards.

    Raises:
        ShiftOfAnotherBase, ShiftDoesNotFit: the base is as it was.
    """
    if isinstance(adapter, TensorAdapter):
        with adapter.apply_to(base):
            yield
        return
    with ExitStack() as stack:
        for part, deltas in deltas_by_part(base, adapter).items():
            stack.callback(merge(base.family.parts[part], base.factors.part(part), deltas).undo)
        yield


def check_adapter(base: Base, adapter: Adapter | None) -> None:
    """Raise ShiftOfAnotherBase or ShiftDoesNotFit where `merged_base` would."""
    if isinstance(adapter, TensorAdapter):
        with adapter.apply_to(base):
            return
    deltas_by_part(base, adapter)


def deltas_by_part(base: Base, shift: Shift | None) -> dict[str, dict[str, Tensor]]:
    """δ by part and layer; raises for a shift of another base, or one that does not fit."""
    if shift is None:
        return {}
    check_base(shift, base.fingerprint)
    deltas: dict[str, dict[str, Tensor]] = {}
    for name, delta in shift.deltas.items():
        part, _, layer = name.partition(".")
        if part not in base.family.parts:
            raise ShiftDoesNotFit(name, "the base has no such part")
        deltas.setdefault(part, {})[layer] = torch.from_numpy(delta).to(base.device)
    for part, by_layer in deltas.items():
        weights = tuned_weights(base.family.parts[part])
        check_fits({name: weight.shape for name, weight in weights.items()}, by_layer)
    return deltas
