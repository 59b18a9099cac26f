"""Low-rank changes of attention's projections (LoRA, arXiv 2106.09685), by peft."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from svdiff_core.errors import MethodUnavailable, ShiftDoesNotFit
from svdiff_core.spaces import weights
from svdiff_core.spaces.space import Undo
from svdiff_core.spectral.factors import Factors
from svdiff_core.spectral.parameter_groups import ParameterGroups

# Query, key, value and output, as diffusers and as transformers' CLIP name them.
TARGETS = r"(.*\.)?(to_q|to_k|to_v|to_out\.0|q_proj|k_proj|v_proj|out_proj)"
_ADAPTER = "default"
_A, _B = ".lora_A", ".lora_B"


@dataclass(frozen=True)
class Lora:
    """Trains ΔW = B A of rank r beside each projection; B starts at 0, and α = r makes the scale 1."""

    rank: int = 4

    def open(self, module: nn.Module, _factors: Factors, seed: int) -> "TrainedLora":
        """New A, drawn by the seed, and B = 0."""
        return TrainedLora(module, self.rank, seed)

    def insert(self, module: nn.Module, tensors: Mapping[str, Tensor]) -> Undo:
        """Let the projections hold W + B A."""
        own = dict(module.named_parameters())
        layers = {name.removesuffix(_A) for name in tensors if name.endswith(_A)}
        if {f"{layer}{letter}" for layer in layers for letter in (_A, _B)} != set(tensors):
            raise ShiftDoesNotFit(min(tensors, default=""), "its A or B is missing")
        merged = {
            f"{name}.weight": _merged_weight(own, name, tensors[name + _A], tensors[name + _B]) for name in layers
        }
        return weights.insert(module, merged)


def scale(tensors: Mapping[str, Tensor], s: float) -> dict[str, Tensor]:
    """A and s B by name, whose product is s ΔW."""
    return {name: tensor * s if name.endswith(_B) else tensor for name, tensor in tensors.items()}


class TrainedLora:
    """peft's layers for a part; they replace the projections while they are attached."""

    def __init__(self, module: nn.Module, rank: int, seed: int) -> None:
        self._layers = _peft_layers(module, rank, seed)
        self._slots = [(*_slot(module, name), module.get_submodule(name)) for name in self._layers]

    def attach(self) -> None:
        """Replace the projections by peft's layers, which call them."""
        for (owner, key, _), layer in zip(self._slots, self._layers.values(), strict=True):
            setattr(owner, key, layer)

    def detach(self) -> None:
        """Put the projections back."""
        for owner, key, projection in self._slots:
            setattr(owner, key, projection)

    def groups(self) -> ParameterGroups:
        """A (r, N) and B (M, r) of every projection."""
        letters = {_A: "lora_A", _B: "lora_B"}
        return ParameterGroups(
            {
                f"{name}{letter}": getattr(layer, attribute)[_ADAPTER].weight
                for name, layer in self._layers.items()
                for letter, attribute in letters.items()
            },
            {},
        )

    def tensors(self) -> dict[str, Tensor]:
        """A and B by their projection's path."""
        return {name: p.detach() for name, p in self.groups().matrices.items()}

    def clipped_fraction(self) -> float:
        """There is no ReLU here."""
        return 0.0


def _peft_layers(module: nn.Module, rank: int, seed: int) -> dict[str, Any]:
    """The layers of peft by the path of their projection; the module itself is as it was."""
    try:
        from peft import LoraConfig, inject_adapter_in_model
        from peft.tuners.lora import LoraLayer
    except ImportError as error:
        raise MethodUnavailable("lora", "the package peft is not installed") from error
    trainable = [p for p in module.parameters() if p.requires_grad]
    config = LoraConfig(r=rank, lora_alpha=rank, lora_dropout=0.0, target_modules=TARGETS)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        inject_adapter_in_model(config, module, adapter_name=_ADAPTER)
    layers = {name: layer for name, layer in module.named_modules() if isinstance(layer, LoraLayer)}
    for name, layer in layers.items():
        owner, key = _slot(module, name)
        setattr(owner, key, layer.get_base_layer())
    module.__dict__.pop("peft_config", None)
    for p in trainable:  # peft froze them
        p.requires_grad = True
    return layers


def _slot(module: nn.Module, name: str) -> tuple[nn.Module, str]:
    owner, _, key = name.rpartition(".")
    return module.get_submodule(owner), key


def _merged_weight(own: Mapping[str, nn.Parameter], name: str, A: Tensor, B: Tensor) -> Tensor:
    """W + B A, computed in float32."""
    if f"{name}.weight" not in own:
        raise ShiftDoesNotFit(name, "the base has no such layer")
    W = own[f"{name}.weight"]
    if A.ndim != 2 or B.ndim != 2 or (B.shape[0], A.shape[1]) != tuple(W.shape) or B.shape[1] != A.shape[0]:
        raise ShiftDoesNotFit(name, f"A and B do not multiply to {list(W.shape)}")
    return (W.detach().float() + (B.float() @ A.float()).to(W.device)).to(W.dtype)
