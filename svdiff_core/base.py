"""A base in memory: its models, the factors of its weights, and the recipe that comes with it."""

import json
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from svdiff_core.errors import BaseInvalid
from svdiff_core.families import stable_diffusion
from svdiff_core.families.stable_diffusion import StableDiffusion
from svdiff_core.metrics.lookup import judge_folder
from svdiff_core.shift.subsets import Shape
from svdiff_core.spectral import factors as factoring
from svdiff_core.spectral.factors import Factors
from svdiff_core.spectral.fingerprint import fingerprint
from svdiff_core.spectral.layers import tuned_weights

CARD = "svdiff.json"
_NAME = re.compile(r"[A-Za-z0-9_-]+")


@dataclass(frozen=True)
class BaseRecipe:
    """What a base recommends: pixels a side, and settings of a fine-tune and of a generation by name.

    `geometry_layers` are prefixes of layers of the denoiser: those that style mixing takes from the first shift.
    `judge` is the folder of the judge that can measure this base's pictures.
    """

    resolution: int
    fine_tune: Mapping[str, Any] = field(default_factory=dict)
    generation: Mapping[str, Any] = field(default_factory=dict)
    geometry_layers: tuple[str, ...] = ()
    judge: Path | None = None


@dataclass(frozen=True)
class Base:
    """A base in memory. It never changes, except while a shift is attached or merged."""

    family: StableDiffusion
    factors: Factors
    fingerprint: str
    device: torch.device
    dtype: torch.dtype
    recipe: BaseRecipe

    @property
    def shapes(self) -> dict[str, Shape]:
        """The shape of every weight that a shift tunes, by its layer's name in a shift."""
        return {
            f"{part}.{name}": tuple(weight.shape)
            for part, module in self.family.parts.items()
            for name, weight in tuned_weights(module).items()
        }


def load_base(
    source: str | Path,
    *,
    factors_dir: Path,
    device: str = "cpu",
    dtype: str = "float32",
    revision: str | None = None,
    progress: Callable[[int, int], None] | None = None,
    local_files_only: bool = False,
) -> Base:
    """Load a folder or hub id, and its factors from `factors_dir`; they are computed there the first time.

    A folder may hold `svdiff.json` with family, fingerprint, resolution, fine_tune, generation, geometry_layers, and
    judge: the name of a folder in it, or of a judge that ships. `progress` is called with (matrices done, matrices in
    all) while factors are computed.

    Raises:
        BaseInvalid: the models cannot be loaded, or do not have the card's fingerprint.
    """
    card = _card(str(source))
    family = stable_diffusion.load(str(source), revision=revision, device=device, local_files_only=local_files_only)
    recipe = _recipe(str(source), card, family)
    weights = dict(_named_weights(family))
    identity = fingerprint(weights.items())  # before the cast below loses bits
    if card.get("fingerprint", identity) != identity:
        raise BaseInvalid(str(source), f"its weights are {identity}, but its {CARD} says {card['fingerprint']}")
    kind = _dtype(str(source), dtype)
    factors = factoring.load_or_compute(factors_dir, identity, weights, kind, progress)
    family.to(kind)
    return Base(family, factors.to(device, kind), identity, torch.device(device), kind, recipe)


def _named_weights(family: StableDiffusion) -> Iterable[tuple[str, Tensor]]:
    for part, module in family.parts.items():
        for name, weight in tuned_weights(module).items():
            yield f"{part}.{name}", weight


def _card(source: str) -> dict[str, Any]:
    path = Path(source, CARD)
    if not path.is_file():
        return {}
    try:
        card = json.loads(path.read_text())
    except ValueError as error:
        raise BaseInvalid(source, f"its {CARD} is not JSON") from error
    if not isinstance(card, dict):
        raise BaseInvalid(source, f"its {CARD} is not an object")
    if card.get("family", stable_diffusion.NAME) != stable_diffusion.NAME:
        raise BaseInvalid(source, f"family {card['family']!r} is unknown")
    return card


def _recipe(source: str, card: Mapping[str, Any], family: StableDiffusion) -> BaseRecipe:
    resolution = card.get("resolution", family.default_size)
    settings = [card.get("fine_tune", {}), card.get("generation", {})]
    if not isinstance(resolution, int) or resolution <= 0 or resolution % family.multiple:
        raise BaseInvalid(source, f"resolution {resolution!r} is not a positive multiple of {family.multiple}")
    if not all(isinstance(setting, dict) for setting in settings):
        raise BaseInvalid(source, f"fine_tune and generation in its {CARD} must be objects")
    layers = _geometry_layers(source, card, family)
    return BaseRecipe(resolution, settings[0], settings[1], layers, _judge(source, card))


def _geometry_layers(source: str, card: Mapping[str, Any], family: StableDiffusion) -> tuple[str, ...]:
    layers = card.get("geometry_layers", family.geometry_layers)
    if not all(isinstance(layer, str) for layer in layers):
        raise BaseInvalid(source, f"geometry_layers in its {CARD} must be names of layers")
    return tuple(layers)


def _judge(source: str, card: Mapping[str, Any]) -> Path | None:
    """The folder of the judge that the card names: one of the base's own folders, else one that ships."""
    name = card.get("judge")
    if name is None:
        return None
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        raise BaseInvalid(source, f"judge in its {CARD} must be a name of letters, digits, '-' and '_'")
    folder = judge_folder(Path(source), name)
    if folder is None:
        raise BaseInvalid(source, f"there is no judge {name!r}, neither in its folder nor among those that ship")
    return folder


def _dtype(source: str, name: str) -> torch.dtype:
    kinds = {"float32": torch.float32, "bfloat16": torch.bfloat16, "float16": torch.float16}
    if name not in kinds:
        raise BaseInvalid(source, f"dtype {name!r} is not one of {', '.join(kinds)}")
    return kinds[name]
