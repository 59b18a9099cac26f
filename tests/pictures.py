"""Pictures for tests."""

import io

from PIL import Image, ImageDraw


def png(colour: str = "tan", size: tuple[int, int] = (96, 80)) -> bytes:
    """A disc of the colour on a sky, as PNG."""
    picture = Image.new("RGB", size, "skyblue")
    ImageDraw.Draw(picture).ellipse((20, 10, 70, 60), fill=colour)
    buffer = io.BytesIO()
    picture.save(buffer, "PNG")
    return buffer.getvalue()
