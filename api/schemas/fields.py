"""The field types of responses."""

from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, ConfigDict, PlainSerializer, WithJsonSchema

from service.infra.clock import rfc3339

Time = Annotated[datetime, PlainSerializer(rfc3339), WithJsonSchema({"type": "string", "format": "date-time"})]


class ResponseModel(BaseModel):
    """The root of what clients get."""

    model_config = ConfigDict(frozen=True)
