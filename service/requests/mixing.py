"""What a generation may combine: spectral shifts with each other, the product of any other method with nothing."""

from collections.abc import Sequence
from dataclasses import dataclass

from service.errors import NotMixable
from service.jobs.specs import SELECTION_FIELDS, ShiftSelectionSpec
from service.requests.methods import SHIFTS

SCALABLE = frozenset({"lora"})  # whose product has a weight: it scales ΔW = B A


@dataclass(frozen=True)
class Ingredient:
    """What one entry of a generation's `shifts` asks for: which entry, whose id is named where, made how, used how."""

    number: int
    pointer: str
    method: str
    use: ShiftSelectionSpec


def check_mix(ingredients: Sequence[Ingredient]) -> None:
    """Raise NotMixable, with a pointer, where what is no shift does not stand alone, whole and unscaled."""
    for one in ingredients:
        if one.method in SHIFTS:
            continue
        if len(ingredients) > 1:
            raise NotMixable(one.pointer, one.method, "must be the only entry of `shifts`")
        check_whole(one)


def check_whole(one: Ingredient) -> None:
    """Raise NotMixable for a part of what has no parts, or a weight of what has none."""
    name = next((name for name in SELECTION_FIELDS if getattr(one.use, name) is not None), None)
    if name is not None:
        raise NotMixable(f"/shifts/{one.number}/{name}", one.method, f"has no parts: leave out `{name}`")
    if one.use.weight != 1 and one.method not in SCALABLE:
        raise NotMixable(f"/shifts/{one.number}/weight", one.method, "has no weight but 1")
