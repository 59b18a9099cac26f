"""How a shift is trained: the settings of method.md §3, checked."""

import dataclasses
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from svdiff_core.errors import RecipeInvalid
from svdiff_core.parameters.methods import METHODS, SHIFTS, SVDIFF
from svdiff_core.shift.file import WHOLE, Scalar
from svdiff_core.shift.subsets import SUBSETS

# Younger than the files that lack them.
_UNSAID: Mapping[str, Scalar] = {
    "subset": WHOLE,
    "cut_mix_min_scale": 1.0,
    "text_encoder_learning_rate_scale": 1.0,
    "prior_companions": "",
    "ema_decay": 0.0,
}


@dataclass(frozen=True)
class Recipe:
    """Settings of a fine-tune; the defaults are the paper's for Stable Diffusion.

    `batch_size` counts the subject's pictures of a step; as many prior pictures join them.
    `prior_loss_weight` is λ of eq. 3, 0 for none. Rates are AdamW's, for δ of matrices and of vectors;
    in the text encoder both are multiplied by `text_encoder_learning_rate_scale`. The result is the mean over steps, of
    which each counts 1 - `ema_decay` (`svdiff_core.training.averages`); where that is 0, it is what the last step left.
    `method` is one of `parameters.methods`; `from_mapping` gives each its own default rates. `rank` is LoRA's, `band`
    the number of off-diagonal terms on each side, `subset` the part of a shift that is trained, one of the twelve of
    Table 1.
    `prior_companions` are phrases, with commas between them ("next to a cup, next to a ball"): every other prior
    picture is of the class prompt with one of them behind it, so that what stands beside a subject stays what it is.
    The last four matter for several subjects only: the share of steps on stitched pictures, the smallest factor by
    which these are reduced before they are cut (1 for never), the weight of the unmix loss in those steps, and the
    blocks of the denoiser whose attention it reads ("down_blocks.2 up_blocks.1", all of one resolution; empty for the
    family's choice).
    """

    steps: int = 500
    batch_size: int = 1
    learning_rate: float = 1e-3
    learning_rate_1d: float = 1e-6
    beta1: float = 0.9
    beta2: float = 0.999
    weight_decay: float = 0.0  # decay would pull δ to the base model
    max_grad_norm: float = 1.0
    ema_decay: float = 0.0
    method: str = SVDIFF
    rank: int = 4
    band: int = 1
    subset: str = WHOLE
    prior_loss_weight: float = 1.0
    prior_count: int = 200
    prior_steps: int = 50
    prior_guidance: float = 7.5
    prior_companions: str = ""
    text_encoder: bool = True
    text_encoder_learning_rate_scale: float = 1.0
    cut_mix_probability: float = 0.6
    cut_mix_min_scale: float = 1.0
    unmix_weight: float = 0.05
    unmix_layers: str = ""

    def __post_init__(self) -> None:
        _require("method", self.method in METHODS, f"is not one of {', '.join(METHODS)}")
        _require("subset", self.subset in SUBSETS, f"is not one of {', '.join(SUBSETS)}")
        _require("subset", self.subset == WHOLE or self.method in SHIFTS, f"is not a setting of {self.method}")
        for name in ("steps", "batch_size", "rank", "band", "prior_count", "prior_steps"):
            _require(name, getattr(self, name) >= 1, "must be at least 1")
        rates = ("learning_rate", "learning_rate_1d", "text_encoder_learning_rate_scale", "weight_decay")
        for name in (*rates, "prior_loss_weight", "prior_guidance", "unmix_weight"):
            _require(name, 0 <= getattr(self, name) < math.inf, "must be a finite number of at least 0")
        for name in ("beta1", "beta2", "ema_decay"):
            _require(name, 0 <= getattr(self, name) < 1, "must lie in [0, 1)")
        _require("cut_mix_probability", 0 <= self.cut_mix_probability <= 1, "must lie in [0, 1]")
        _require("cut_mix_min_scale", 0.5 <= self.cut_mix_min_scale <= 1, "must lie in [0.5, 1]")
        _require("prior_companions", all(self.companions), "has an empty phrase")
        _require("max_grad_norm", 0 < self.max_grad_norm < math.inf, "must be a finite number above 0")

    @property
    def companions(self) -> tuple[str, ...]:
        """The phrases of `prior_companions`."""
        return tuple(phrase.strip() for phrase in self.prior_companions.split(",")) if self.prior_companions else ()

    @classmethod
    def from_mapping(cls, fields: Mapping[str, Any]) -> "Recipe":
        """A recipe from settings by name; what is absent has its default, rates the method's.

        Raises:
            RecipeInvalid: a name is unknown, or a value of the wrong type or out of range.
        """
        known = {field.name: field.type for field in dataclasses.fields(cls)}
        for name, value in fields.items():
            _require(name, name in known, "is not a setting")
            _require(name, _fits(value, known[name]), "has the wrong type")
        method = METHODS.get(fields.get("method", SVDIFF))
        return cls(**{**(method.rates if method else {}), **fields})

    def to_mapping(self) -> dict[str, Scalar]:
        """The settings by name, as they are written into a shift; what the method does not have is left out."""
        foreign = {name for method in METHODS.values() for name in method.settings} - METHODS[self.method].settings
        named = {name: value for name, value in dataclasses.asdict(self).items() if name not in foreign}
        return {name: value for name, value in named.items() if _UNSAID.get(name) != value}


def _require(field: str, holds: bool, reason: str) -> None:  # noqa: FBT001 — reads as a sentence where it is called
    if not holds:
        raise RecipeInvalid(field, reason)


def _fits(value: Any, kind: Any) -> bool:
    if kind in {bool, str}:
        return isinstance(value, kind)
    if isinstance(value, bool):
        return False
    return isinstance(value, int) if kind is int else isinstance(value, int | float)
