"""docs/settings.md: every setting, and the table of those of webhooks in docs/webhooks.md."""

import json
import types
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic.fields import FieldInfo

from bench.reference.markdown import GENERATED, first_sentence, table
from service.settings import Group, Settings, Webhooks

INTRO = """# Settings

Every setting is an environment variable, read once when a process starts. Times are in seconds, sizes in bytes; lists
are JSON; an empty variable counts as not set. `svdiff up` starts the servers of the first table that are not set. The
processes that read a setting: `api`; `device`, the workers with torch; `upkeep`, the worker without; `cli`, the
`svdiff` command.
{generated}
"""
HEADS = ("variable", "type", "default", "bounds", "read by", "meaning")
WORDS = {
    "str": "text",
    "SecretStr": "text, secret",
    "Path": "path",
    "float": "number",
    "int": "integer",
    "bool": "true or false",
}
SIGNS = {"ge": "≥", "gt": ">", "le": "≤", "lt": "<"}


def page() -> str:
    """The whole page: a table a group, in the order of service/settings.py."""
    sections = (f"\n## {first_sentence(group.__doc__).rstrip('.')}\n\n{group_table(group)}" for group in groups())
    return INTRO.format(generated=GENERATED) + "".join(sections)


def groups() -> tuple[type[Group], ...]:
    """Those that Settings are made of, the first first."""
    return tuple(base for base in reversed(Settings.__bases__) if issubclass(base, Group))


def group_table(group: type[Group]) -> str:
    """A row for each setting."""
    rows = (
        (
            f"`SVDIFF_{name.upper()}`",
            type_words(field.annotation),
            default_words(field.default),
            bounds(field),
            ", ".join(processes(field)),
            field.description or "",
        )
        for name, field in group.model_fields.items()
    )
    return table(HEADS, rows)


def webhook_table() -> str:
    """The settings of webhooks, in short."""
    rows = (
        (f"`SVDIFF_{name.upper()}`", default_words(field.default), field.description or "")
        for name, field in Webhooks.model_fields.items()
    )
    return table(("variable", "default", "meaning"), rows)


def processes(field: FieldInfo) -> list[str]:
    """The processes that read the setting."""
    extra = field.json_schema_extra
    names = extra.get("processes") if isinstance(extra, dict) else None
    return [str(name) for name in names] if isinstance(names, list) else []


def type_words(kind: Any) -> str:
    """The type as an operator writes its values."""
    origin, arguments = get_origin(kind), [one for one in get_args(kind) if one is not type(None)]
    if origin in {Union, types.UnionType}:
        return type_words(arguments[0])
    if origin is Annotated:
        return type_words(arguments[0])
    if origin is Literal:
        return ", ".join(f"`{one}`" for one in arguments)
    if origin is tuple:
        return "list of " + (type_words(arguments[0]) if get_origin(arguments[0]) is Literal else plural(arguments[0]))
    return WORDS[kind.__name__]


def plural(kind: Any) -> str:
    """The type of a list's items."""
    return {"text": "texts", "number": "numbers"}[type_words(kind)]


def default_words(value: Any) -> str:
    """The default as its variable would have it."""
    if value is None:
        return "not set"
    if isinstance(value, tuple):
        return f"`{json.dumps(value)}`"
    if isinstance(value, bool):
        return f"`{str(value).lower()}`"
    if isinstance(value, str | Path):
        return f"`{value}`"
    return f"`{value:.10g}`"


def bounds(field: FieldInfo) -> str:
    """What the value must be besides its type."""
    found: Iterable[str] = (
        f"{sign} {getattr(one, name):g}"
        for one in field.metadata
        for name, sign in SIGNS.items()
        if getattr(one, name, None) is not None
    )
    return ", ".join(found)
