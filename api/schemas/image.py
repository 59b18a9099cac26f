"""An uploaded image on the wire."""

from api.schemas.fields import ResponseModel, Time
from api.schemas.listing import Listing
from service.ids import to_wire
from service.tables import Image as ImageRow


class Image(ResponseModel):
    """An uploaded picture: `sha256` of the uploaded bytes, width and height in pixels after orientation."""

    id: str
    sha256: str
    width: int
    height: int
    created_at: Time


class ImageList(Listing[Image]):
    """One page of the uploaded pictures, newest first."""


def image(row: ImageRow) -> Image:
    """The picture on the wire."""
    return Image(
        id=to_wire("img", row.id), sha256=row.sha256, width=row.width, height=row.height, created_at=row.created_at
    )
