"""Every number that decides what the base becomes, in one frozen place."""

import dataclasses
import hashlib
import json
import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bench.emoji_base.data.scenes import Mix


@dataclass(frozen=True)
class Data:
    """The rendered training set."""

    scenes: int = 60_000
    held_out_scenes: int = 512
    shard: int = 2_000
    side: int = 64  # pixels
    sprite_side: int = 192  # pixels
    mix: Mix = field(default_factory=Mix)


@dataclass(frozen=True)
class Autoencoder:
    """Shape and training of the AutoencoderKL."""

    channels: tuple[int, ...] = (16, 32, 96)
    latent_channels: int = 6
    groups: int = 8
    steps: int = 4_500
    batch: int = 16
    rate: float = 2e-3
    warm_up: int = 100  # steps
    decay_share: float = 0.8  # of the steps, at the end, over which the rate falls
    edge_weight: float = 1.0
    square_weight: float = 2.0
    kl_weight: float = 5e-4
    halved_share: float = 0.25  # of the steps also decode halved latents to halved pictures
    average: float = 0.998


@dataclass(frozen=True)
class Text:
    """Shape of the CLIPTextModel; it trains together with the denoiser."""

    width: int = 128
    layers: int = 3
    heads: int = 4
    positions: int = 32


@dataclass(frozen=True)
class Denoiser:
    """Shape and training of the UNet2DConditionModel."""

    channels: tuple[int, ...] = (64, 96, 192)
    cross_attention: tuple[bool, ...] = (False, True, False)  # besides the one in the middle
    heads: int = 4
    layers: int = 1
    groups: int = 16
    steps: int = 9_500
    batch: int = 64
    rate: float = 1e-3
    warm_up: int = 200  # steps
    decay_share: float = 0.25  # of the steps, at the end, over which the rate falls
    decay: float = 0.01
    clip: float = 1.0
    average: float = 0.999
    min_snr: float = 5.0
    empty_captions: float = 0.1


@dataclass(frozen=True)
class Recipe:
    """The whole of it."""

    seed: int = 3
    data: Data = field(default_factory=Data)
    autoencoder: Autoencoder = field(default_factory=Autoencoder)
    text: Text = field(default_factory=Text)
    denoiser: Denoiser = field(default_factory=Denoiser)


def load(path: Path | None) -> Recipe:
    """Read overrides from a TOML file whose tables are named like the fields; AttributeError on unknown names."""
    if path is None:
        return Recipe()
    changed: Recipe = _overridden(Recipe(), tomllib.loads(path.read_text()))
    return changed


def digest(part: Data | Autoencoder | Text | Denoiser) -> str:
    """Return a short hash of a frozen part, to notice that stored work came from other settings.

    The number of steps is left out: until its rate falls, a longer run is the same run.
    """
    text = json.dumps({k: v for k, v in dataclasses.asdict(part).items() if k != "steps"}, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def _overridden(part: Any, changes: dict[str, Any]) -> Any:
    values = {name: _value(getattr(part, name), value) for name, value in changes.items()}
    return dataclasses.replace(part, **values)


def _value(old: Any, new: Any) -> Any:
    if isinstance(new, dict):
        return _overridden(old, new)
    return tuple(new) if isinstance(new, list) else new
