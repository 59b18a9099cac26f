"""The tables of docs/events.md and docs/webhooks.md: types, what they mean, and the fields of their data."""

from collections.abc import Sequence
from typing import cast, get_args

from pydantic import BaseModel

from api.schemas.events import AnyEvent, EventData
from api.schemas.messages import AnyMessage
from bench.reference.markdown import first_sentence, table


def event_table() -> str:
    """Every event; what all of them have is said beside the table."""
    return type_table(get_args(AnyEvent), "event", frozenset(EventData.model_fields))


def message_table() -> str:
    """Every message to webhooks."""
    return type_table(get_args(AnyMessage), "type", frozenset())


def type_table(kinds: Sequence[type[BaseModel]], name: str, shared: frozenset[str]) -> str:
    """A row a type: its name, what it means, and the fields of its data beside the shared ones."""
    rows = (
        (
            f"`{type_name(kind, name)}`",
            first_sentence(kind.__doc__),
            fields_of(cast("type[BaseModel]", kind.model_fields["data"].annotation), shared),
        )
        for kind in kinds
    )
    return table((name, "meaning", "data"), rows)


def type_name(kind: type[BaseModel], name: str) -> str:
    """The one value of the field that names the type."""
    (only,) = get_args(kind.model_fields[name].annotation)
    return str(only)


def fields_of(data: type[BaseModel], shared: frozenset[str]) -> str:
    """Each field with its description."""
    lines = (
        f"`{name}`" + (f": {field.description.rstrip('.')}" if field.description else "")
        for name, field in data.model_fields.items()
        if name not in shared
    )
    return "<br>".join(lines)
