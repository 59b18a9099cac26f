"""What a line of a batch is: a name, a kind, and the body that the kind's own route takes."""

from typing import Annotated, Any, Literal

from pydantic import Field, TypeAdapter

from service.batches.lines import LinePicturesRequest
from service.fields import Name, RequestModel
from service.requests.edits import EditRequest
from service.requests.fine_tunes import FineTuneRequest


class FineTuneLineBody(RequestModel):
    """A line that asks for a fine-tune."""

    custom_id: Name
    kind: Literal["fine_tune"]
    body: FineTuneRequest


class GenerationLineBody(RequestModel):
    """A line that asks for pictures."""

    custom_id: Name
    kind: Literal["generation"]
    body: LinePicturesRequest


class EditLineBody(RequestModel):
    """A line that asks for edits of a picture."""

    custom_id: Name
    kind: Literal["edit"]
    body: EditRequest


LineBody = FineTuneLineBody | GenerationLineBody | EditLineBody
LINE: TypeAdapter[Any] = TypeAdapter(Annotated[LineBody, Field(discriminator="kind")])
