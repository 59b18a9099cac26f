"""What a fine-tune may train: the parameter spaces by name, and which of them an installation lets clients choose."""

from collections.abc import Collection, Mapping, Sequence

from service.errors import MethodNotOffered, NotAShift, SettingOfAnotherMethod
from service.tables import Artifact

SHIFTS: frozenset[str] = frozenset({"svdiff", "svdiff_band"})  # whose products can be mixed, cut and compared

# A base's own rates are those of shifts. The others have usual ones, as in svdiff_core.
RATES: Mapping[str, Mapping[str, float]] = {
    "full": {"learning_rate": 5e-6, "learning_rate_1d": 5e-6, "text_encoder_learning_rate_scale": 1.0},
    "lora": {"learning_rate": 1e-4, "learning_rate_1d": 1e-4, "text_encoder_learning_rate_scale": 1.0},
    "cross_attention_kv": {"learning_rate": 1e-5, "learning_rate_1d": 1e-5, "text_encoder_learning_rate_scale": 1.0},
}

# The settings that one method alone has, and what they are where the client does not say, as in svdiff_core.
SETTINGS: Mapping[str, Mapping[str, int]] = {"svdiff_band": {"band": 1}, "lora": {"rank": 4}}
_OWNERS: Mapping[str, Sequence[str]] = {
    "subset": ("svdiff", "svdiff_band"),
    **{name: (method,) for method, settings in SETTINGS.items() for name in settings},
}


def check_settings(method: str, asked: Collection[str]) -> None:
    """Raise SettingOfAnotherMethod for the first setting asked for that this method does not have."""
    for name, owners in _OWNERS.items():
        if name in asked and method not in owners:
            raise SettingOfAnotherMethod(name, method, owners[0])


def check_allowed(method: str, allowed: Sequence[str]) -> None:
    """Raise MethodNotAllowed, which names the allowed ones, for any other."""
    if method not in allowed:
        raise MethodNotOffered(method, allowed)


def method_of(file: Artifact) -> str:
    """The method that made a fine-tune's file."""
    return str(file.details.get("method", "svdiff"))


def check_shift(pointer: str, file: Artifact) -> None:
    """Raise NotAShift for the product of another method."""
    method = method_of(file)
    if method not in SHIFTS:
        raise NotAShift(pointer, method)
