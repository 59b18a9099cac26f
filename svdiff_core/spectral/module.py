"""A module in factored form: every tuned layer runs as U(s ⊙ Vᵀx)."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import torch
from torch import Tensor, nn

from svdiff_core.shift.file import WHOLE, band_name, layer_and_offset
from svdiff_core.shift.subsets import SUBSETS, Subset
from svdiff_core.spectral import band, layers
from svdiff_core.spectral.factored_weight import FactoredWeight
from svdiff_core.spectral.factors import Factors
from svdiff_core.spectral.layers import tuned_weights
from svdiff_core.spectral.merge import check_fits, factor_of
from svdiff_core.spectral.parameter_groups import ParameterGroups


def attach(
    module: nn.Module,
    factors: Factors,
    deltas: Mapping[str, Tensor] | None = None,
    *,
    trainable: bool = False,
) -> "SpectralModule":
    """Run the module in factored form until `.detach()`; see `SpectralModule`."""
    handle = SpectralModule(module, factors, deltas, trainable=trainable)
    handle.attach()
    return handle


class SpectralModule:
    """A module in factored form, between `attach` and `detach`.

    Each tuned layer gets another `forward`; names, weights and state dict stay as they were, and the
    weights stop requiring gradients. All δ live in two flat tensors, matrices and vectors, in layer
    order, so that ReLU, gradient norm and optimizer cost one call each, not one a layer. A hook on the
    module spreads them before every forward: call the module itself, not a child of it.

    Off-diagonal terms (`svdiff_core.spectral.band`) are those named in the deltas; with `band` above 0 every
    matrix has them, up to that distance from the diagonal. Layers outside of `subset` keep their own forward.
    """

    def __init__(
        self,
        module: nn.Module,
        factors: Factors,
        deltas: Mapping[str, Tensor] | None,
        *,
        trainable: bool = False,
        band: int = 0,
        subset: Subset = SUBSETS[WHOLE],
    ) -> None:
        self._module = module
        self._trainable = trainable
        self._band = band
        all_weights = tuned_weights(module)
        self._dtype = next(iter(all_weights.values())).dtype
        weights = {name: weight for name, weight in all_weights.items() if subset(name, tuple(weight.shape))}
        self._factored = {name: _factored_weight(name, weight, factors) for name, weight in weights.items()}
        self._matrices = _Flat({n: s.factor.sigma for n, s in self._factored.items() if s.factor}, relu=True)
        self._vectors = _Flat({n: s.s for n, s in self._factored.items() if not s.factor}, relu=False)
        names = {id(weight): name for name, weight in weights.items()}
        owners = [m for m in module.modules() if layers.has_weight(m)]
        self._layers = [(owner, names[id(owner.weight)]) for owner in owners if id(owner.weight) in names]
        self._undo: list[Callable[[], object]] = []
        self.set(deltas or {})

    def attach(self) -> None:
        """Put the factored forwards in place."""
        if self._undo:
            raise RuntimeError("already attached")
        for parameter in self._module.parameters():
            if parameter.requires_grad:
                parameter.requires_grad = False
                self._undo.append(partial(setattr, parameter, "requires_grad", True))  # noqa: FBT003 — setattr takes no keywords
        for layer, name in self._layers:
            layer.forward = layers.factored_forward(layer, self._factored[name])
            self._undo.append(partial(layer.__dict__.pop, "forward"))
        self._undo.append(self._module.register_forward_pre_hook(self._before_forward).remove)

    def detach(self) -> None:
        """Give every layer its own forward back; the module is then exactly what it was."""
        while self._undo:
            self._undo.pop()()

    def parameters(self) -> tuple[Tensor, Tensor]:
        """δ of all matrices and δ of all vectors, flat, in layer order."""
        return self._matrices.delta, self._vectors.delta

    def groups(self) -> ParameterGroups:
        """The trained tensors: the two flat δ, and the off-diagonal terms where there is a band."""
        matrices = {"matrices": self._matrices, "bands": self._bands}
        vectors = {"vectors": self._vectors}
        return ParameterGroups(
            *({n: flat.delta for n, flat in group.items() if flat.sizes} for group in (matrices, vectors))
        )

    def deltas(self) -> dict[str, Tensor]:
        """δ by layer, and then off-diagonal terms, as detached views of the flat tensors."""
        by_name = self._matrices.pieces(self._matrices.delta.detach())
        by_name |= self._vectors.pieces(self._vectors.delta.detach())
        bands = self._bands.pieces(self._bands.delta.detach())
        return {name: by_name[name] for name in self._factored} | bands

    def tensors(self) -> dict[str, Tensor]:
        """The same as `deltas`."""
        return self.deltas()

    def set(self, deltas: Mapping[str, Tensor]) -> None:
        """Set δ by layer, (r,) for all samples or (B, r) for one a sample; a layer not named gets 0.

        Raises:
            ShiftDoesNotFit: a layer is unknown or its δ has the wrong length.
        """
        check_fits({name: factored.shape for name, factored in self._factored.items()}, deltas)
        batch = next((delta.shape[0] for delta in deltas.values() if delta.ndim == 2), None)
        self._bands = _Flat(self._zero_bands(deltas), relu=False)
        for flat in (self._matrices, self._vectors, self._bands):
            flat.fill(deltas, batch, requires_grad=self._trainable)
        self._spread()

    def clipped_fraction(self) -> float:
        """Fraction of the singular values with σ + δ < 0, which the ReLU clips to zero."""
        matrices = self._matrices
        return float((matrices.base + matrices.delta.detach() < 0).float().mean()) if matrices.sizes else 0.0

    def _before_forward(self, _module: nn.Module, _inputs: Any) -> None:
        if self._trainable:
            self._spread()

    def _spread(self) -> None:
        """Give every layer its slice of s: computed in float32, cast once."""
        for flat in (self._matrices, self._vectors):
            for name, s in flat.pieces(flat.s().to(self._dtype)).items():
                self._factored[name].s = s
        bands: dict[str, dict[int, Tensor]] = {}
        for name, b in self._bands.pieces(self._bands.s().to(self._dtype)).items():
            layer, d = layer_and_offset(name)
            bands.setdefault(layer, {})[d] = b
        for layer, factored in self._factored.items():
            factored.bands = bands.get(layer, {})

    def _zero_bands(self, deltas: Mapping[str, Tensor]) -> dict[str, Tensor]:
        """Zeros for all off-diagonal terms: of the module's band, and of the deltas."""
        sigmas = {name: s.factor.sigma for name, s in self._factored.items() if s.factor}
        diagonals = [(name, d) for name in sigmas for d in band.offsets(self._band)]
        diagonals += [(name, d) for name, d in map(layer_and_offset, deltas) if d]
        lengths = {(name, d): len(sigmas[name]) - abs(d) for name, d in diagonals}
        return {band_name(name, d): sigmas[name].new_zeros(n) for (name, d), n in lengths.items() if n > 0}


class _Flat:
    """δ of many layers in one tensor, (total,) or (B, total), beside σ (or w) in the same order."""

    def __init__(self, bases: Mapping[str, Tensor], *, relu: bool) -> None:
        self.sizes = {name: base.numel() for name, base in bases.items()}
        self.base = torch.cat([base.detach().float() for base in bases.values()]) if bases else torch.empty(0)
        self.delta = torch.zeros_like(self.base)
        self._relu = relu

    def s(self) -> Tensor:
        """ReLU(σ + δ), or w + δ."""
        s = self.base + self.delta
        return s.relu() if self._relu else s

    def pieces(self, flat: Tensor) -> dict[str, Tensor]:
        """Slices of a flat tensor by layer: their gradients are joined by one call."""
        if not self.sizes:
            return {}
        return dict(zip(self.sizes, torch.split(flat, list(self.sizes.values()), dim=-1), strict=True))

    def fill(self, deltas: Mapping[str, Tensor], batch: int | None, *, requires_grad: bool) -> None:
        """A fresh δ from its layers; missing layers are zero."""
        shape = self.base.shape if batch is None else (batch, *self.base.shape)
        self.delta = torch.zeros(shape, device=self.base.device)
        for name, piece in self.pieces(self.delta).items():
            if name in deltas:
                piece.copy_(deltas[name])
        self.delta.requires_grad_(requires_grad)


def _factored_weight(name: str, weight: Tensor, factors: Factors) -> FactoredWeight:
    if weight.ndim == 1:
        return FactoredWeight(weight.shape, None, weight.detach())
    factor = factor_of(name, factors).to(weight.device, weight.dtype)
    return FactoredWeight(weight.shape, factor, factor.sigma)
