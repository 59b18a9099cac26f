"""The declared parameters (`svdiff_core.parameters`) as models: what a request may set, a base's recipe, a stored spec.

Nothing is said here that a declaration says: a new parameter is one line there.
"""

from collections.abc import Callable
from typing import Annotated, Any, Literal, TypeVar

from pydantic import AfterValidator, BaseModel, Field, create_model
from pydantic_core import PydanticCustomError

from service.fields import Line
from svdiff_core.parameters.declaration import Parameter, parameters_of

Model = TypeVar("Model", bound=BaseModel)


def request_fields(name: str, owner: Any, base: type[Model], *, edits: bool = False) -> type[Model]:
    """A model with every parameter that a request may set, None where it does not; of an edit those that edits have."""
    chosen = {key: p for key, p in settable(owner, "request").items() if p.edits or not edits}
    fields = {key: (request_type(p) | None, Field(default=None, **facts(p))) for key, p in chosen.items()}
    return create_model(name, __base__=base, **fields)  # type: ignore[call-overload, no-any-return]  # dynamic


def request_field(owner: Any, name: str) -> Any:
    """The field of a parameter whose default is the same for every base."""
    declared = parameters_of(owner)[name]
    return Field(default=declared.default, **facts(declared))


def recipe_fields(name: str, owner: Any, base: type[Model], *, without: frozenset[str] = frozenset()) -> type[Model]:
    """A model of what a base recommends: every parameter that is no one method's own, with its default."""
    chosen = {key: p for key, p in settable(owner, "base").items() if p.methods is None and key not in without}
    fields = {key: (p.kind, p.default) for key, p in chosen.items()}
    return create_model(name, __base__=base, **fields)  # type: ignore[call-overload, no-any-return]  # dynamic


def spec_fields(name: str, owner: Any, base: type[Model], *, edits: bool = False) -> type[Model]:
    """A model of what a job was asked to do; what one method alone has is left out for the others.

    A parameter that is younger than a stored spec has its default there.
    """
    chosen = {key: p for key, p in settable(owner, "base").items() if p.edits or not edits}
    fields = {key: (p.kind, p.default) if p.methods is None else unless_none(p) for key, p in chosen.items()}
    return create_model(name, __base__=base, **fields)  # type: ignore[call-overload, no-any-return]  # dynamic


def settable(owner: Any, setter: Literal["request", "base"]) -> dict[str, Parameter]:
    """The parameters that a request may set, or a base's recipe at most; the method is no number of a recipe."""
    setters = {"request"} if setter == "request" else {"request", "base"}
    return {key: p for key, p in parameters_of(owner).items() if p.setter in setters and key != "method"}


def facts(declared: Parameter) -> dict[str, Any]:
    """What a schema says of a parameter."""
    described = {"description": declared.description}
    if declared.kind is str:
        return described | ({} if declared.limit is None else {"max_length": int(declared.limit)})
    return described | declared.bounds


def request_type(declared: Parameter) -> Any:
    """The type of a parameter in a request."""
    if declared.kind is not str:
        return declared.kind
    return Line if declared.check is None else Annotated[Line, AfterValidator(as_validator(declared.check))]


def as_validator(check: Callable[[str], str | None]) -> Callable[[str], str]:
    """A declaration's own check of a text, as pydantic has validators."""

    def validate(text: str) -> str:
        fault = check(text)
        if fault is not None:
            raise PydanticCustomError("invalid_value", f"The text {fault}.")
        return text

    return validate


def unless_none(declared: Parameter) -> tuple[Any, Any]:
    """A field that is left out where the method of the job does not have it."""
    return declared.kind | None, Field(default=None, exclude_if=is_none)


def is_none(value: object) -> bool:
    """Whether there is nothing to write."""
    return value is None
