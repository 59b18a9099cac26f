"""The field types of requests: nothing is coerced, nothing unknown is let in, everything is bounded."""

import re
from collections.abc import Callable
from typing import Annotated, Any
from uuid import UUID

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
)
from pydantic_core import PydanticCustomError

from service.ids import from_wire


class RequestModel(BaseModel):
    """The root of what clients send."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True, allow_inf_nan=False, populate_by_name=False)


NUL_OR_HALF = re.compile("[\0\ud800-\udfff]")


def check_line(text: str) -> str:
    """The text, if Postgres can store it: no NUL, and no half of a character that JSON wrote in two."""
    if NUL_OR_HALF.search(text):
        raise PydanticCustomError("not_storable", "The text must not contain NUL or unpaired surrogates.")
    return text


def check_text(text: str) -> str:
    """The same, if there is more in it than white space."""
    if not check_line(text).strip():
        raise PydanticCustomError("blank_text", "The text must not be blank.")
    return text


Line = Annotated[str, AfterValidator(check_line), Field(json_schema_extra={"pattern": r"^[^\u0000]*$"})]
Text = Annotated[
    str,
    AfterValidator(check_text),
    Field(json_schema_extra={"pattern": r"^[^\u0000]*[^\s\u0000][^\u0000]*$"}),
]
Prompt = Annotated[Text, StringConstraints(min_length=1, max_length=1000)]
Name = Annotated[Text, StringConstraints(min_length=1, max_length=100)]


ExpiresIn = Annotated[
    float | None,
    Field(ge=1, le=30 * 86_400, description="Seconds. A job that has not started by then is `expired`, not billed."),
]


def id_schema(prefix: str) -> dict[str, Any]:
    """How an id looks, in JSON Schema."""
    pattern = f"^{prefix}_[0-7][0-9a-hjkmnp-tv-z]{{25}}$"
    return {"type": "string", "pattern": pattern, "examples": [f"{prefix}_{'0' * 26}"]}


def id_parser(prefix: str) -> Callable[[str], UUID]:
    """A reader of ids that says so where a text is none."""

    def read(text: str) -> UUID:
        value = from_wire(prefix, text)
        if value is None:
            raise PydanticCustomError("wrong_id", f"This is not an id of the form {prefix}_….")
        return value

    return read


ImageId = Annotated[str, Field(json_schema_extra=id_schema("img"))]
