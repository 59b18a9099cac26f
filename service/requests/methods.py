"""What a method's adapter may be asked for: its own parameters, and what a generation may combine it with."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from service.errors import MethodNotOffered, NotMixable, SettingOfAnotherMethod
from service.jobs.specs import SELECTION_FIELDS, SelectedShift
from svdiff_core.parameters.methods import SCALABLE, SHIFTS
from svdiff_core.parameters.recipe import recipe_parameters


def check_offered(method: str, offered: Sequence[str]) -> None:
    """Raise MethodNotOffered, which names those that are, for any other."""
    if method not in offered:
        raise MethodNotOffered(method, offered)


def check_parameters(method: str, names: Collection[str]) -> None:
    """Raise SettingOfAnotherMethod for the first parameter of these names that the method does not have."""
    for name, declared in recipe_parameters().items():
        if name in names and declared.methods is not None and method not in declared.methods:
            raise SettingOfAnotherMethod(name, method, declared.methods[0])


@dataclass(frozen=True)
class AdapterUse:
    """What an entry of a generation's `shifts` names: how its adapter was trained, on what, and what is used of it."""

    number: int
    pointer: str
    base_name: str
    fingerprint: str
    method: str
    selection: SelectedShift


def check_mix(uses: Sequence[AdapterUse]) -> None:
    """Raise NotMixable, with a pointer, where what is no shift does not stand alone, whole and unscaled."""
    for use in uses:
        if use.method in SHIFTS:
            continue
        if len(uses) > 1:
            raise NotMixable(use.pointer, use.method, "must be the only entry of `shifts`")
        check_whole(use)


def check_whole(use: AdapterUse) -> None:
    """Raise NotMixable for a part of what has no parts, or a weight of what has none."""
    name = next((name for name in SELECTION_FIELDS if getattr(use.selection, name) is not None), None)
    if name is not None:
        raise NotMixable(f"/shifts/{use.number}/{name}", use.method, f"has no parts: leave out `{name}`")
    if use.selection.weight != 1 and use.method not in SCALABLE:
        raise NotMixable(f"/shifts/{use.number}/weight", use.method, "has no weight but 1")
