"""How a parameter is declared, once: type, bounds, default and a sentence, beside each other on one line.

A frozen dataclass whose fields are made by `parameter` is all that the trainer, the stored spec, the base's recipe and
the HTTP body need to know: `parameters_of` reads it back.
"""

import dataclasses
import math
from collections.abc import Callable
from dataclasses import dataclass
from types import NoneType
from typing import Any, Literal, TypeVar, get_args, get_origin, get_type_hints

from svdiff_core.errors import CoreError

T = TypeVar("T")
Setter = Literal["request", "base", "code"]  # who may set it: a request too, a base's recipe at most, or code alone
_KEY = "svdiff"


@dataclass(frozen=True)
class Parameter:
    """A declared parameter; bounds are of the value, `limit` is the most that a service takes from a request.

    `methods` are those that have it, None for all; `edits` says whether edits of one picture have it too.
    """

    name: str
    kind: Any
    default: Any
    description: str
    ge: float | None
    gt: float | None
    le: float | None
    lt: float | None
    limit: float | None
    setter: Setter
    edits: bool
    methods: tuple[str, ...] | None
    check: Callable[[Any], str | None] | None

    @property
    def bounds(self) -> dict[str, float]:
        """The bounds of a request by their names, as pydantic has them."""
        le = self.le if self.limit is None else self.limit
        named = {"ge": self.ge, "gt": self.gt, "le": le, "lt": self.lt}
        return {name: bound for name, bound in named.items() if bound is not None}

    def fault(self, value: Any) -> str | None:
        """What is wrong with a value, as the end of a sentence that begins with its name; None if nothing is."""
        if value is None and self.default is None:
            return None
        if get_origin(self.kind) is Literal:
            choices = get_args(self.kind)
            return None if value in choices else f"is not one of {', '.join(choices)}"
        if not _has_type(value, self.kind):
            return "has the wrong type"
        if self.check is not None:
            return self.check(value)
        if self.kind in {int, float} and not self._in_bounds(value):
            return f"must be {self._range()}"
        return None

    def _in_bounds(self, value: float) -> bool:
        return (
            math.isfinite(value)
            and (self.ge is None or value >= self.ge)
            and (self.gt is None or value > self.gt)
            and (self.le is None or value <= self.le)
            and (self.lt is None or value < self.lt)
        )

    def _range(self) -> str:
        words = (("at least", self.ge), ("above", self.gt), ("at most", self.le), ("below", self.lt))
        said = [f"{word} {bound:g}" for word, bound in words if bound is not None]
        return " and ".join(["a finite number", *said]) if said else "a finite number"


def parameter(
    default: T,
    description: str,
    *,
    ge: float | None = None,
    gt: float | None = None,
    le: float | None = None,
    lt: float | None = None,
    limit: float | None = None,
    setter: Setter = "request",
    edits: bool = False,
    methods: tuple[str, ...] | None = None,
    check: Callable[[Any], str | None] | None = None,
) -> T:
    """A field of a frozen dataclass, declared as a parameter."""
    facts = {
        "default": default,
        "description": description,
        "ge": ge,
        "gt": gt,
        "le": le,
        "lt": lt,
        "limit": limit,
        "setter": setter,
        "edits": edits,
        "methods": methods,
        "check": check,
    }
    declared: T = dataclasses.field(default=default, metadata={_KEY: facts})
    return declared


def parameters_of(owner: Any) -> dict[str, Parameter]:
    """The parameters of a dataclass, by name and in their order."""
    kinds = get_type_hints(owner)
    return {
        field.name: Parameter(field.name, _without_none(kinds[field.name]), **field.metadata[_KEY])
        for field in dataclasses.fields(owner)
        if _KEY in field.metadata
    }


def check_values(values: Any, error: Callable[[str, str], CoreError]) -> None:
    """Raise `error(name, fault)` for the first parameter of a dataclass whose value is of a wrong type or range."""
    for name, declared in parameters_of(type(values)).items():
        fault = declared.fault(getattr(values, name))
        if fault is not None:
            raise error(name, fault)


def _without_none(kind: Any) -> Any:
    """The kind of a value that is there: `int` for `int | None`."""
    return next((one for one in get_args(kind) if one is not NoneType), kind) if NoneType in get_args(kind) else kind


def _has_type(value: Any, kind: Any) -> bool:
    if kind in {bool, str}:
        return isinstance(value, kind)
    if isinstance(value, bool):
        return False
    return isinstance(value, int) if kind is int else isinstance(value, int | float)
