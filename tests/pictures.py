"""Pictures for tests."""

import io
import json
from typing import Any

from PIL import Image, ImageDraw
from PIL.PngImagePlugin import PngImageFile


def png(color: str = "tan", size: tuple[int, int] = (96, 80)) -> bytes:
    """A disc of the color on a sky, as PNG."""
    picture = Image.new("RGB", size, "skyblue")
    ImageDraw.Draw(picture).ellipse((20, 10, 70, 60), fill=color)
    buffer = io.BytesIO()
    picture.save(buffer, "PNG")
    return buffer.getvalue()


def embedded_recipe(picture: Image.Image) -> Any:
    """The recipe that a generated PNG carries."""
    assert isinstance(picture, PngImageFile)
    return json.loads(picture.text["svdiff"])
