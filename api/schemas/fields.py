"""The field types of responses."""

from datetime import UTC, datetime
from typing import Annotated

from pydantic import BaseModel, ConfigDict, PlainSerializer

Time = Annotated[datetime, PlainSerializer(lambda time: time.astimezone(UTC).isoformat().replace("+00:00", "Z"))]


class ResponseModel(BaseModel):
    """The root of what clients get."""

    model_config = ConfigDict(frozen=True)
