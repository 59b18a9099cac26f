"""Weights that are trained themselves: the part holds copies of them while it is attached."""

from collections.abc import Callable, Mapping

from torch import Tensor, nn

from svdiff_core.errors import ShiftDoesNotFit
from svdiff_core.spaces.space import Undo
from svdiff_core.spectral.parameter_groups import ParameterGroups

NamePredicate = Callable[[str], bool]


class TrainedWeights:
    """Copies of the chosen parameters of a part; a tied parameter has one."""

    def __init__(self, module: nn.Module, chosen: NamePredicate) -> None:
        self._module = module
        own = {name: p for name, p in module.named_parameters() if chosen(name)}
        self._copies = {name: nn.Parameter(p.detach().clone()) for name, p in own.items()}
        self._undo: Undo | None = None

    def attach(self) -> None:
        """Put the copies in place."""
        if self._undo:
            raise RuntimeError("already attached")
        self._undo = swap(self._module, self._copies)

    def detach(self) -> None:
        """Put the part's own parameters back."""
        if self._undo:
            self._undo()
            self._undo = None

    def groups(self) -> ParameterGroups:
        """Weights of two or more dimensions, and scales and biases."""
        matrices = {name: p for name, p in self._copies.items() if p.ndim > 1}
        return ParameterGroups(matrices, {name: p for name, p in self._copies.items() if p.ndim <= 1})

    def tensors(self) -> dict[str, Tensor]:
        """The weights by their parameter's path."""
        return {name: p.detach() for name, p in self._copies.items()}

    def clipped_fraction(self) -> float:
        """There is no ReLU here."""
        return 0.0


def swap(module: nn.Module, replacements: Mapping[str, nn.Parameter]) -> Undo:
    """Let a module hold other parameters, wherever it holds those of these names, until the returned call."""
    new_of = {id(p): replacements[name] for name, p in module.named_parameters() if name in replacements}
    slots = [
        (owner, key, p)
        for owner in module.modules()
        for key, p in owner._parameters.items()  # noqa: SLF001 — a tied parameter lies in several slots, listed here only
        if p is not None and id(p) in new_of
    ]
    for owner, key, p in slots:
        owner._parameters[key] = new_of[id(p)]  # noqa: SLF001 — setattr would register it anew

    def undo() -> None:
        for owner, key, p in slots:
            owner._parameters[key] = p  # noqa: SLF001 — as above

    return undo


def insert(module: nn.Module, tensors: Mapping[str, Tensor]) -> Undo:
    """Let a module hold other values of the named parameters until the returned call.

    Raises:
        ShiftDoesNotFit: a parameter is unknown or has another shape.
    """
    own = dict(module.named_parameters())
    for name, tensor in tensors.items():
        if name not in own:
            raise ShiftDoesNotFit(name, "the base has no such weight")
        if own[name].shape != tensor.shape:
            raise ShiftDoesNotFit(name, f"it is {list(tensor.shape)} where {list(own[name].shape)} is expected")
    new = {name: tensor.to(own[name].device, own[name].dtype) for name, tensor in tensors.items()}
    return swap(module, {name: nn.Parameter(tensor, requires_grad=False) for name, tensor in new.items()})
