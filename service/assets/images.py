"""Pictures that clients upload: checked by decoding, turned upright, composited on white, stored as PNG."""

import hashlib
import io
import struct
import zlib
from dataclasses import dataclass
from uuid import UUID

from PIL import Image as Pillow
from PIL import ImageOps
from sqlalchemy import select

from service.assets import artifacts, deletion
from service.errors import NotAPicture, NotFound
from service.ids import new_id
from service.infra.database import Scope
from service.infra.object_store import ObjectStore
from service.pagination import Page, fetch_page
from service.settings import Settings
from service.tables import Image

FORMATS = ("PNG", "JPEG", "WEBP", "GIF", "BMP", "TIFF")
# What Pillow's readers raise for broken files; the last four were never seen, and cost nothing.
UNDECODABLE = (
    *(OSError, ValueError, SyntaxError, EOFError, Pillow.DecompressionBombError),
    *(LookupError, TypeError, struct.error, zlib.error),
)


@dataclass(frozen=True)
class Upload:
    """A picture that decoded: its PNG without metadata, and the sha256 of what was uploaded."""

    png: bytes
    sha256: str
    width: int
    height: int


def decode(data: bytes, settings: Settings) -> Upload:
    """Decode the first frame, turn it upright, composite it on white; NotAPicture for anything else."""
    try:
        with Pillow.open(io.BytesIO(data), formats=FORMATS) as picture:
            check_size(picture, settings)
            upright = composite_on_white(ImageOps.exif_transpose(to_eight_bits(picture)))
    except NotAPicture:
        raise
    except UNDECODABLE as error:
        raise NotAPicture("it does not decode as " + ", ".join(FORMATS)) from error
    upright.info.clear()  # Pillow would write a color profile that it finds here
    buffer = io.BytesIO()
    upright.save(buffer, "PNG")
    return Upload(buffer.getvalue(), hashlib.sha256(data).hexdigest(), *upright.size)


def check_size(picture: Pillow.Image, settings: Settings) -> None:
    """NotAPicture for a picture that is too large by its header, before a pixel is decoded."""
    width, height = picture.size
    if max(width, height) > settings.max_image_side or width * height > settings.max_image_pixels:
        limits = f"at most {settings.max_image_side} px a side and {settings.max_image_pixels:,} px in all are accepted"
        raise NotAPicture(f"it has {width} x {height} px; {limits}")


def to_eight_bits(picture: Pillow.Image) -> Pillow.Image:
    """A picture of 16-bit gray in 8 bits, scaled where Pillow would clip; NotAPicture for 32 bits a channel."""
    if picture.mode in {"I", "F"}:
        raise NotAPicture("its pixels have 32 bits a channel; 8 and 16 are supported")
    if not picture.mode.startswith("I;16"):
        return picture
    return picture.convert("I").point(lambda gray: gray * (1 / 257)).convert("L")


def composite_on_white(picture: Pillow.Image) -> Pillow.Image:
    """The picture in RGB, its transparent parts white."""
    if picture.mode in {"RGBA", "LA", "PA"} or "transparency" in picture.info:
        rgba = picture.convert("RGBA")
        canvas = Pillow.new("RGBA", rgba.size, "white")
        canvas.alpha_composite(rgba)
        return canvas.convert("RGB")
    return picture.convert("RGB")


def create(scope: Scope, store: ObjectStore, upload: Upload) -> Image:
    """Store the picture for the tenant."""
    stored = artifacts.upload(store, scope.tenant_id, "images", kind="upload", data=upload.png, media_type="image/png")
    artifact = artifacts.record(scope, stored)
    image = Image(
        id=new_id(),
        tenant_id=scope.tenant_id,
        artifact_id=artifact.id,
        sha256=upload.sha256,
        width=upload.width,
        height=upload.height,
    )
    scope.session.add(image)
    scope.session.flush()
    scope.session.refresh(image)
    return image


def get(scope: Scope, image_id: UUID | None, *, lock: bool = False) -> Image:
    """The tenant's picture; NotFound for any other id."""
    query = select(Image).where(Image.id == image_id, Image.tenant_id == scope.tenant_id)
    image = scope.session.scalar(query.with_for_update() if lock else query) if image_id else None
    if image is None:
        raise NotFound("image")
    return image


def list_page(scope: Scope, *, limit: int, after: UUID | None) -> Page[Image]:
    """The tenant's pictures, newest first."""
    query = select(Image).where(Image.tenant_id == scope.tenant_id)
    return fetch_page(scope.session, query, Image.id, limit=limit, after=after)


def delete(scope: Scope, image_id: UUID | None) -> None:
    """Delete the picture and its object; InUse while an unfinished job needs it."""
    image = get(
        scope, image_id, lock=True
    )  # so that a job which is being submitted with it is either seen here or does not find it
    deletion.refuse_if_in_use(scope, image.id, "image")
    artifact = artifacts.get(scope, image.artifact_id)
    scope.session.delete(image)
    scope.session.flush()
    if artifact is not None:
        artifacts.discard(scope, artifact)


def get_object_key(scope: Scope, image_id: UUID) -> str:
    """The key of the picture's PNG in the store."""
    artifact = artifacts.get(scope, get(scope, image_id).artifact_id)
    if artifact is None:  # the foreign key forbids it
        raise NotFound("image")
    return artifact.object_key
