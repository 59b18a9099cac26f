"""Pictures in and out: decoded within limits, cropped for training, written as PNG."""

import io
import struct
import zlib
from collections.abc import Mapping

import numpy as np
import torch
from PIL import Image, ImageOps, PngImagePlugin
from torch import Tensor

from svdiff_core.errors import PictureInvalid

FORMATS = ("PNG", "JPEG", "WEBP", "GIF", "BMP", "TIFF")
MAX_PIXELS = 64_000_000


def decode(data: bytes, max_pixels: int = MAX_PIXELS) -> Image.Image:
    """An RGB picture, upright by its EXIF orientation, alpha composited on white, first frame, no metadata.

    Raises:
        PictureInvalid: not a picture, damaged, or of more than `max_pixels` pixels.
    """
    try:
        picture = Image.open(io.BytesIO(data), formats=FORMATS)
        if picture.width * picture.height > max_pixels:
            raise PictureInvalid(f"it has {picture.width} x {picture.height} pixels, more than {max_pixels}")
        picture.load()
        return _composite_on_white(_to_8_bits(ImageOps.exif_transpose(picture)))
    except (OSError, SyntaxError, ValueError, EOFError, struct.error, zlib.error) as error:
        raise PictureInvalid("it is not a picture, or it is damaged") from error
    except Image.DecompressionBombError as error:
        raise PictureInvalid("it is far larger than its file suggests") from error


def to_training_tensor(picture: Image.Image, resolution: int) -> Tensor:
    """(3, resolution, resolution) float32 in [-1, 1]: the largest centered square, resized by Lanczos."""
    side = min(picture.size)
    left, top = (picture.width - side) // 2, (picture.height - side) // 2
    square = picture.convert("RGB").crop((left, top, left + side, top + side))
    resized = square.resize((resolution, resolution), Image.Resampling.LANCZOS)
    values = torch.from_numpy(np.array(resized, dtype=np.float32))  # (H, W, 3)
    return values.permute(2, 0, 1).contiguous() / 127.5 - 1


def to_png(picture: Tensor, text: Mapping[str, str]) -> bytes:
    """A picture (3, H, W) in [0, 1] as PNG with text chunks; the same input gives the same bytes."""
    values = (picture.detach().float().cpu().clamp(0, 1) * 255).round().to(torch.uint8)
    chunks = PngImagePlugin.PngInfo()
    for key in sorted(text):
        chunks.add_itxt(key, text[key])
    out = io.BytesIO()
    Image.fromarray(values.permute(1, 2, 0).contiguous().numpy()).save(out, "PNG", pnginfo=chunks)
    return out.getvalue()


def _to_8_bits(picture: Image.Image) -> Image.Image:
    """A 16-bit gray picture in 8 bits: Pillow's own conversion cuts values off at 255 instead."""
    if not picture.mode.startswith("I"):
        return picture
    return Image.fromarray((np.asarray(picture) >> 8).clip(0, 255).astype(np.uint8))


def _composite_on_white(picture: Image.Image) -> Image.Image:
    rgba = picture.convert("RGBA")
    white = Image.new("RGB", picture.size, (255, 255, 255))
    white.paste(rgba, mask=rgba.getchannel("A"))
    return white
