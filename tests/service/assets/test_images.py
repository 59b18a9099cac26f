import hashlib
import io
import random
import zlib
from typing import Any

import numpy as np
import pytest
from PIL import Image as Pillow
from PIL import ImageCms, PngImagePlugin

from service.assets.images import FORMATS, decode
from service.errors import NotAPicture
from service.settings import Settings

ORIENTATION = 0x0112
DESCRIPTION = 0x010E


def encoded(picture: Pillow.Image, kind: str = "PNG", **options: Any) -> bytes:
    """The picture in a file."""
    buffer = io.BytesIO()
    picture.save(buffer, kind, **options)
    return buffer.getvalue()


def decoded(data: bytes, settings: Settings) -> Pillow.Image:
    """What would be stored."""
    picture = Pillow.open(io.BytesIO(decode(data, settings).png))
    picture.load()
    return picture


def corners(side: int = 8) -> Pillow.Image:
    """Twice as wide as high, and red at the upper left."""
    picture = Pillow.new("RGB", (2 * side, side), "blue")
    picture.paste("red", (0, 0, side // 2, side // 2))
    return picture


@pytest.mark.parametrize("kind", FORMATS)
def test_every_allowed_format_decodes(settings: Settings, kind: str) -> None:
    """To a PNG of the same size, and the sha256 of what was sent."""
    data = encoded(corners(32), kind)
    upload = decode(data, settings)
    assert (upload.width, upload.height) == (64, 32)
    assert upload.sha256 == hashlib.sha256(data).hexdigest()
    picture = decoded(data, settings)
    assert (picture.format, picture.mode, picture.size) == ("PNG", "RGB", (64, 32))
    np.testing.assert_allclose(np.asarray(picture)[-1, -1], (0, 0, 255), atol=8)


@pytest.mark.parametrize(("orientation", "corner"), [(3, (-1, -1)), (6, (0, -1)), (8, (-1, 0))])
def test_a_picture_is_turned_upright(settings: Settings, orientation: int, corner: tuple[int, int]) -> None:
    """A camera held on its side swaps width and height; the red corner is where it was in the scene."""
    exif = Pillow.Exif()
    exif[ORIENTATION] = orientation
    data = encoded(corners(), "PNG", exif=exif)
    upload, picture = decode(data, settings), decoded(data, settings)
    assert (upload.width, upload.height) == ((16, 8) if orientation == 3 else (8, 16))
    assert tuple(np.asarray(picture)[corner]) == (255, 0, 0)


def test_transparent_parts_are_white(settings: Settings) -> None:
    """Half transparent red is pink; color keys of palettes and of RGB count too."""
    sheet = Pillow.new("RGBA", (4, 4), (255, 0, 0, 0))
    sheet.putpixel((1, 0), (255, 0, 0, 128))
    sheet.putpixel((2, 0), (255, 0, 0, 255))
    row = [decoded(encoded(sheet), settings).getpixel((x, 0)) for x in range(3)]
    assert row == [(255, 255, 255), (255, 127, 127), (255, 0, 0)]
    keyed = encoded(Pillow.new("RGB", (2, 2), (0, 255, 0)), transparency=(0, 255, 0))
    assert decoded(keyed, settings).getpixel((0, 0)) == (255, 255, 255)
    palette = encoded(Pillow.new("P", (2, 2), 3), "GIF", transparency=3)
    assert decoded(palette, settings).getpixel((0, 0)) == (255, 255, 255)


def test_of_an_animation_the_first_frame_counts(settings: Settings) -> None:
    """The others are dropped."""
    frames = [Pillow.new("RGB", (4, 4), color) for color in ("red", "green", "blue")]
    picture = decoded(encoded(frames[0], "GIF", save_all=True, append_images=frames[1:]), settings)
    assert picture.getpixel((0, 0)) == (255, 0, 0)
    assert getattr(picture, "n_frames", 1) == 1


def test_no_metadata_survives(settings: Settings) -> None:
    """Neither where a picture was taken nor by whom: EXIF, text, color profile, resolution."""
    exif = Pillow.Exif()
    exif[DESCRIPTION] = "my garden"
    text = PngImagePlugin.PngInfo()
    text.add_text("Author", "Alice")
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    options: dict[str, dict[str, Any]] = {"PNG": {"pnginfo": text}, "JPEG": {"comment": b"mine"}, "WEBP": {}}
    for kind, more in options.items():
        data = encoded(corners(), kind, exif=exif, icc_profile=profile, dpi=(300, 300), **more)
        picture = decoded(data, settings)
        assert (picture.info, dict(picture.getexif())) == ({}, {})


def test_sixteen_bits_of_gray_keep_their_shades(settings: Settings) -> None:
    """Black, the middle and white; not white alone, as clipping would have it."""
    shades = np.tile(np.array([0, 32896, 65535], np.uint16), (3, 1))
    picture = decoded(encoded(Pillow.fromarray(shades)), settings)
    assert np.asarray(picture)[0].tolist() == [[0] * 3, [128] * 3, [255] * 3]


@pytest.mark.parametrize("mode", ["L", "LA", "1", "P", "CMYK"])
def test_other_color_modes_become_rgb(settings: Settings, mode: str) -> None:
    """White stays white."""
    kind = "JPEG" if mode == "CMYK" else "PNG"
    data = encoded(Pillow.new("RGB", (4, 4), "white").convert(mode), kind)
    assert decoded(data, settings).getpixel((2, 2)) == (255, 255, 255)


NOISE = encoded(Pillow.fromarray(np.random.default_rng(0).integers(0, 255, (64, 64, 3), dtype=np.uint8)))
REFUSED = {
    "nothing": b"",
    "text": b"hello, world",
    "html": b"<html><body>",
    "svg": b'<svg xmlns="http://www.w3.org/2000/svg"/>',
    "a header alone": NOISE[:40],
    "half a picture": NOISE[: len(NOISE) // 2],
    "pixels without a white": encoded(Pillow.new("F", (4, 4)), "TIFF"),
    "a format that is not taken": encoded(Pillow.new("RGB", (4, 4)), "PPM"),
}


@pytest.mark.parametrize("data", REFUSED.values(), ids=REFUSED.keys())
def test_what_is_no_picture_is_refused(settings: Settings, data: bytes) -> None:
    """With a pointer to the field."""
    with pytest.raises(NotAPicture) as refused:
        decode(data, settings)
    assert [problem.pointer for problem in refused.value.problems] == ["/file"]


@pytest.mark.parametrize("size", [(8193, 1), (1, 8193), (8000, 8000), (20_000, 20_000)])
def test_a_picture_that_is_too_large_is_refused_by_its_header(settings: Settings, size: tuple[int, int]) -> None:
    """By a side, by the area, and as a bomb: a file of some hundred bytes, of which no pixel is decoded."""
    header = bytearray(encoded(Pillow.new("1", (1, 1))))
    header[16:24] = size[0].to_bytes(4) + size[1].to_bytes(4)
    header[29:33] = crc_of(bytes(header[12:29]))
    with pytest.raises(NotAPicture):
        decode(bytes(header), settings)


def crc_of(chunk: bytes) -> bytes:
    """The checksum of a PNG's chunk."""
    return zlib.crc32(chunk).to_bytes(4)


@pytest.mark.filterwarnings(
    "ignore::UserWarning", "ignore::PIL.Image.DecompressionBombWarning"
)  # Pillow grumbles about what it can still read
@pytest.mark.parametrize("kind", FORMATS)
def test_broken_files_are_refused_and_never_raise_anything_else(settings: Settings, kind: str) -> None:
    """Two hundred files with bytes turned at random."""
    chance = random.Random(7)
    whole = encoded(Pillow.open(io.BytesIO(NOISE)).crop((0, 0, 16, 16)), kind)
    for _ in range(200):
        broken = bytearray(whole)
        for _ in range(chance.randrange(1, 6)):
            broken[chance.randrange(min(len(broken), 300))] = chance.randrange(256)
        try:
            decode(bytes(broken[: chance.randrange(1, len(broken) + 1)]), settings)
        except NotAPicture:
            continue
