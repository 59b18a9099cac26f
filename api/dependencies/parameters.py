"""Parameters of paths, queries and headers that several routes share."""

from functools import partial
from typing import Annotated
from uuid import UUID

from fastapi import Header, Query
from pydantic import BeforeValidator, WithJsonSchema
from starlette.convertors import StringConvertor, register_url_convertor

from service.fields import id_parser, id_schema
from service.ids import from_wire

# In a path, what is no id names nothing: it reads as None, and ends as 404.
ImageId = Annotated[UUID | None, BeforeValidator(partial(from_wire, "img")), WithJsonSchema(id_schema("img"))]
JobId = Annotated[UUID | None, BeforeValidator(partial(from_wire, "job")), WithJsonSchema(id_schema("job"))]
BatchId = Annotated[UUID | None, BeforeValidator(partial(from_wire, "bat")), WithJsonSchema(id_schema("bat"))]
ShiftId = Annotated[UUID | None, BeforeValidator(partial(from_wire, "shf")), WithJsonSchema(id_schema("shf"))]


class ShiftIdConvertor(StringConvertor):
    """A path's segment that may be a shift's id: not `compare`, whose own route answers 405 to other methods."""

    regex = "(?!compare$)[^/]+"


register_url_convertor("shift_id", ShiftIdConvertor())

Limit = Annotated[int, Query(ge=1, le=100, description="The most that are returned.")]
AFTER = Query(description="The last id of the previous page.")
AfterImage = Annotated[UUID | None, BeforeValidator(id_parser("img")), WithJsonSchema(id_schema("img")), AFTER]
AfterJob = Annotated[UUID | None, BeforeValidator(id_parser("job")), WithJsonSchema(id_schema("job")), AFTER]
AfterBatch = Annotated[UUID | None, BeforeValidator(id_parser("bat")), WithJsonSchema(id_schema("bat")), AFTER]
OfBatch = Annotated[
    UUID | None,
    BeforeValidator(id_parser("bat")),
    WithJsonSchema(id_schema("bat")),
    Query(description="Only the lines of this batch."),
]
AfterShift = Annotated[UUID | None, BeforeValidator(id_parser("shf")), WithJsonSchema(id_schema("shf")), AFTER]

LastEventId = Annotated[
    int,
    Header(
        alias="Last-Event-ID",
        ge=0,
        le=2**31 - 1,
        description="The id of the last event received; the stream continues behind it.",
    ),
]
PreferHeader = Annotated[
    str | None,
    Header(
        alias="Prefer",
        description="`wait=N` (RFC 7240, N at most 60 seconds) answers 200 with the job if it ends in that time.",
    ),
]
IdempotencyHeader = Annotated[
    str | None,
    Header(
        alias="Idempotency-Key",
        min_length=1,
        max_length=255,
        pattern=r"^[\x20-\x7e]+$",
        description="Repeated calls with the same key within 24 hours create one resource and return it.",
    ),
]
