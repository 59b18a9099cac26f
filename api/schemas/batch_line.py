"""What a line of a batch is: a name, a kind, and the body that the kind's own route takes."""

from typing import Annotated, Any, Literal

from pydantic import Field, TypeAdapter, model_validator
from pydantic_core import PydanticCustomError

from api.schemas.edit import EditBody
from api.schemas.fine_tune import FineTuneBody
from api.schemas.generation import PicturesBody, Weighted
from api.schemas.strict import Name, RequestModel, id_schema


class LineShift(Weighted):
    """A shift by its id, or by the `custom_id` of the fine-tune of the same batch that will make it."""

    id: str | None = Field(default=None, json_schema_extra=id_schema("shf"))
    custom_id: Name | None = None

    @property
    def key(self) -> str:
        """The name with its kind: an id is not a custom_id."""
        return f"id {self.id}" if self.id is not None else f"custom_id {self.custom_id}"

    @model_validator(mode="after")
    def _has_one_name(self) -> "LineShift":
        if (self.id is None) == (self.custom_id is None):
            raise PydanticCustomError("one_name", "A shift has an id or a custom_id, and not both.")
        return self


class LinePicturesBody(PicturesBody[LineShift]):
    """The body of POST /v1/generations, in which a shift may be one that the batch trains."""


class FineTuneLineBody(RequestModel):
    """A line that asks for a fine-tune."""

    custom_id: Name
    kind: Literal["fine_tune"]
    body: FineTuneBody


class GenerationLineBody(RequestModel):
    """A line that asks for pictures."""

    custom_id: Name
    kind: Literal["generation"]
    body: LinePicturesBody


class EditLineBody(RequestModel):
    """A line that asks for edits of a picture."""

    custom_id: Name
    kind: Literal["edit"]
    body: EditBody


LineBody = FineTuneLineBody | GenerationLineBody | EditLineBody
LINE: TypeAdapter[Any] = TypeAdapter(Annotated[LineBody, Field(discriminator="kind")])
