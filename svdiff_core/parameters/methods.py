"""The methods of fine-tuning by name: what a recipe may ask for, and the rates that suit each."""

from collections.abc import Mapping
from dataclasses import dataclass, field

SVDIFF = "svdiff"
SVDIFF_BAND = "svdiff_band"
FULL = "full"
LORA = "lora"
CROSS_ATTENTION_KV = "cross_attention_kv"


@dataclass(frozen=True)
class Method:
    """A parameter space: its default rates where they are not the recipe's, and the settings it has besides."""

    rates: Mapping[str, float] = field(default_factory=dict)
    settings: frozenset[str] = frozenset({"method"})


def _rates(rate: float) -> dict[str, float]:
    return {"learning_rate": rate, "learning_rate_1d": rate, "text_encoder_learning_rate_scale": 1.0}


# The rates of the others are usual ones for Stable Diffusion; small bases want higher ones.
METHODS: Mapping[str, Method] = {
    SVDIFF: Method(settings=frozenset()),  # not even its name: so its files are those of the days when it was alone
    SVDIFF_BAND: Method(settings=frozenset({"method", "band"})),
    FULL: Method(_rates(5e-6)),
    LORA: Method(_rates(1e-4), frozenset({"method", "rank"})),
    CROSS_ATTENTION_KV: Method(_rates(1e-5)),
}
SHIFTS = frozenset({SVDIFF, SVDIFF_BAND})  # whose result is a shift
