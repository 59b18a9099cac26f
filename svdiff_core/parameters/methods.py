"""The methods of fine-tuning by name, and the rates that suit each."""

from collections.abc import Mapping
from typing import Literal

MethodName = Literal["svdiff", "svdiff_band", "full", "lora", "cross_attention_kv"]

SVDIFF: MethodName = "svdiff"
SVDIFF_BAND: MethodName = "svdiff_band"
FULL: MethodName = "full"
LORA: MethodName = "lora"
CROSS_ATTENTION_KV: MethodName = "cross_attention_kv"

SHIFTS: frozenset[str] = frozenset({SVDIFF, SVDIFF_BAND})  # whose adapter is a shift: it can be mixed, cut and compared
SCALABLE: frozenset[str] = frozenset({LORA})  # whose adapter has a weight besides: it scales ΔW = B A


def _rates(rate: float) -> dict[str, float]:
    return {"learning_rate": rate, "learning_rate_1d": rate, "text_encoder_learning_rate_scale": 1.0}


# A recipe's own defaults are those of shifts. The others have usual rates of Stable Diffusion; small bases want higher.
DEFAULT_RATES: Mapping[str, Mapping[str, float]] = {
    SVDIFF: {},
    SVDIFF_BAND: {},
    FULL: _rates(5e-6),
    LORA: _rates(1e-4),
    CROSS_ATTENTION_KV: _rates(1e-5),
}
