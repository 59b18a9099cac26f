"""Which layers can carry a shift, and the factored forward of each kind."""

from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

from torch import Tensor, nn

from svdiff_core.errors import UnsupportedModule
from svdiff_core.spectral.convolution import convolution, transposed_convolution
from svdiff_core.spectral.factored_weight import FactoredWeight
from svdiff_core.spectral.forwards import embedding, group_norm, layer_norm, linear

Forward: TypeAlias = Callable[..., Tensor]

# Exact types only: a subclass may compute something else in its own forward.
_FORWARDS: Mapping[type[nn.Module], Callable[[Any, FactoredWeight], Forward]] = {
    nn.Linear: linear,
    nn.Embedding: embedding,
    nn.Conv1d: convolution,
    nn.Conv2d: convolution,
    nn.Conv3d: convolution,
    nn.ConvTranspose1d: transposed_convolution,
    nn.ConvTranspose2d: transposed_convolution,
    nn.LayerNorm: layer_norm,
    nn.GroupNorm: group_norm,
}

# Modules that use a child's `.weight` without calling the child, so that a shift would be skipped in silence.
_READS_CHILD_WEIGHT: tuple[type[nn.Module], ...] = (
    nn.MultiheadAttention,
    nn.TransformerEncoderLayer,
    nn.AdaptiveLogSoftmaxWithLoss,
)


def tuned_weights(module: nn.Module) -> dict[str, nn.Parameter]:
    """Every parameter named `.weight`, by its owner's path, in module order; a tied weight once.

    Raises:
        UnsupportedModule: a weight has no factored form, or a module reads a child's weight directly.
    """
    weights: dict[str, nn.Parameter] = {}
    seen: set[int] = set()
    for name, owner in module.named_modules():
        check_module(name, owner)
        if has_weight(owner) and id(owner.weight) not in seen:
            seen.add(id(owner.weight))
            weights[name] = _weight(owner)
    return weights


def factored_forward(layer: nn.Module, factored: FactoredWeight) -> Forward:
    """The factored forward that takes the place of the layer's own."""
    return _FORWARDS[type(layer)](layer, factored)


def check_module(name: str, module: nn.Module) -> None:
    """Raise UnsupportedModule, by name, for a module that cannot carry a shift or would ignore one."""
    kind = type(module).__name__
    if isinstance(module, _READS_CHILD_WEIGHT):
        raise UnsupportedModule(name, kind, "it reads the weight of a child without calling the child")
    if not has_weight(module):
        return
    if type(module) not in _FORWARDS:
        raise UnsupportedModule(name, kind, "no factored form of this kind of layer is known")
    if isinstance(module, nn.Embedding) and module.max_norm is not None:
        raise UnsupportedModule(name, kind, "max_norm changes its weight while it is read")


def has_weight(module: nn.Module) -> bool:
    """Whether the module itself owns a parameter named `weight`."""
    return isinstance(module._parameters.get("weight"), nn.Parameter)  # noqa: SLF001 — getattr would find properties


def _weight(owner: nn.Module) -> nn.Parameter:
    weight = owner.weight
    if not isinstance(weight, nn.Parameter):
        raise TypeError("expected a parameter")
    return weight
