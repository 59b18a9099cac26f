"""The routes of uploaded images: uploading, listing, reading and deleting."""

import hashlib
from collections.abc import AsyncIterator
from typing import Annotated

from fastapi import APIRouter, Depends, File, Response, UploadFile

from api.dependencies.idempotency import Idempotent
from api.dependencies.parameters import AfterImage, ImageId, Limit
from api.dependencies.scope import TenantScope
from api.openapi import CREATED, problems
from api.runtime import RuntimeDep
from api.schemas.image import Image, ImageList, image
from service.assets import images
from service.ids import to_wire

router = APIRouter(prefix="/v1/images", tags=["images"])


async def decoder(runtime: RuntimeDep) -> AsyncIterator[None]:
    """Wait for one of the few places for decoding, before anything else is held."""
    async with runtime.decoders:
        yield


@router.post(
    "",
    status_code=201,
    dependencies=[Depends(decoder, scope="function")],
    responses=CREATED | problems(400, 401, 404, 409, 413, 422),
)
def upload_image(
    file: Annotated[UploadFile, File(description="PNG, JPEG, WebP, GIF, BMP or TIFF.")],
    scope: TenantScope,
    runtime: RuntimeDep,
    once: Idempotent,
    response: Response,
) -> Image:
    """Upload a picture: rotated upright, composited on white, without metadata; the first frame of an animation."""
    data = file.file.read()
    row = once(
        {"file": hashlib.sha256(data).hexdigest()},
        make=lambda: images.create(scope, runtime.store, images.decode(data, runtime.settings)),
        find=lambda image_id: images.get(scope, image_id),
    )
    response.headers["Location"] = f"/v1/images/{to_wire('img', row.id)}"
    return image(row)


@router.get("", responses=problems(401, 422))
def list_images(scope: TenantScope, limit: Limit = 20, after: AfterImage = None) -> ImageList:
    """List the uploaded pictures, newest first."""
    return ImageList.of("img", images.list_page(scope, limit=limit, after=after), image)


@router.get("/{image_id}", responses=problems(401, 404))
def get_image(image_id: ImageId, scope: TenantScope) -> Image:
    """Get an uploaded picture."""
    return image(images.get(scope, image_id))


@router.delete("/{image_id}", status_code=204, responses=problems(401, 404, 409))
def delete_image(image_id: ImageId, scope: TenantScope) -> None:
    """Delete a picture, unless an unfinished job needs it."""
    images.delete(scope, image_id)
