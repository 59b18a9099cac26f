import io

import numpy as np
import pytest
import torch
from PIL import Image
from PIL.PngImagePlugin import PngImageFile

from svdiff_core.errors import PictureInvalid
from svdiff_core.pictures import decode, to_png, to_training_tensor


def encoded(picture: Image.Image, kind: str = "PNG", **options: object) -> bytes:
    """The bytes of a picture."""
    out = io.BytesIO()
    picture.save(out, kind, **options)
    return out.getvalue()


def half_red(width: int, height: int) -> Image.Image:
    """Left half red, right half blue."""
    picture = Image.new("RGB", (width, height), (0, 0, 255))
    picture.paste((255, 0, 0), (0, 0, width // 2, height))
    return picture


def test_orientation_is_applied_and_metadata_dropped() -> None:
    """A picture stored sideways comes out upright, with no EXIF left."""
    exif = Image.Exif()
    exif[0x0112] = 6  # stored turned left: to be turned right by 90 degrees
    picture = decode(encoded(half_red(20, 10), exif=exif))
    assert picture.size == (10, 20)
    assert picture.getpixel((5, 2)) == (255, 0, 0)
    assert picture.getpixel((5, 17)) == (0, 0, 255)
    assert not picture.getexif()
    assert not picture.info


def test_transparency_is_laid_on_white() -> None:
    """Clear pixels become white, half clear ones half as bright."""
    picture = Image.new("RGBA", (2, 1), (255, 0, 0, 0))
    picture.putpixel((1, 0), (0, 0, 0, 128))
    decoded = decode(encoded(picture))
    assert decoded.mode == "RGB"
    assert decoded.getpixel((0, 0)) == (255, 255, 255)
    half = decoded.getpixel((1, 0))
    assert isinstance(half, tuple)
    assert abs(half[0] - 127) <= 1


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "I;16"])
def test_every_common_mode_becomes_rgb(mode: str) -> None:
    """Gray, palette, bilevel and 16-bit pictures keep their brightness."""
    gray = Image.fromarray(np.full((4, 4), 255, dtype=np.uint8))
    picture = Image.fromarray(np.full((4, 4), 65535, dtype=np.uint16)) if mode == "I;16" else gray.convert(mode)
    decoded = decode(encoded(picture))
    assert (decoded.mode, decoded.getpixel((1, 1))) == ("RGB", (255, 255, 255))


def test_sixteen_bits_are_reduced_not_cut_off() -> None:
    """A 16-bit mid-gray stays mid-gray."""
    picture = Image.fromarray(np.full((4, 4), 32768, dtype=np.uint16))
    assert decode(encoded(picture)).getpixel((0, 0)) == (128, 128, 128)


def test_an_animation_gives_its_first_frame() -> None:
    """Of a red and a blue frame the red one is taken."""
    frames = [Image.new("RGB", (4, 4), color) for color in ("red", "blue")]
    data = encoded(frames[0], "GIF", save_all=True, append_images=frames[1:])
    assert decode(data).getpixel((0, 0)) == (255, 0, 0)


@pytest.mark.parametrize(
    "data",
    [b"", b"not a picture", encoded(half_red(30, 30))[:60], encoded(half_red(64, 64), "JPEG")[:300], b"%PDF-1.4"],
)
def test_what_is_not_a_whole_picture_is_refused(data: bytes) -> None:
    """Text, nothing and cut-off files raise PictureInvalid."""
    with pytest.raises(PictureInvalid):
        decode(data)


def test_a_decompression_bomb_is_refused_before_it_unfolds() -> None:
    """A small file of many pixels raises by its header alone."""
    bomb = encoded(Image.new("1", (20_000, 20_000)))
    assert len(bomb) < 100_000
    with pytest.raises(PictureInvalid):
        decode(bomb, max_pixels=10_000_000)
    with pytest.raises(PictureInvalid, match="20 x 10"):
        decode(encoded(half_red(20, 10)), max_pixels=199)


def test_training_takes_the_largest_centered_square() -> None:
    """Of a wide picture the sides are cut off equally, and values span [-1, 1]."""
    wide = Image.new("RGB", (40, 10), (0, 0, 0))
    wide.paste((255, 255, 255), (15, 0, 25, 10))
    tensor = to_training_tensor(wide, 10)
    assert tensor.shape == (3, 10, 10)
    torch.testing.assert_close(tensor, torch.ones(3, 10, 10))
    torch.testing.assert_close(to_training_tensor(Image.new("RGB", (7, 9)), 4), -torch.ones(3, 4, 4))


def test_a_png_is_the_same_bytes_and_carries_its_text() -> None:
    """Order of the text does not matter, any language survives, and pixels come back within rounding."""
    picture = torch.rand((3, 8, 6), generator=torch.Generator().manual_seed(0))
    data = to_png(picture, {"prompt": "ein Hund, 犬", "seed": "7"})
    assert data == to_png(picture, {"seed": "7", "prompt": "ein Hund, 犬"})
    read = Image.open(io.BytesIO(data))
    assert isinstance(read, PngImageFile)
    assert read.text == {"prompt": "ein Hund, 犬", "seed": "7"}
    back = torch.from_numpy(np.array(read)).permute(2, 0, 1) / 255
    torch.testing.assert_close(back, picture, rtol=0, atol=0.5 / 255 + 1e-6)


def test_values_out_of_range_are_clamped() -> None:
    """Below 0 is black and above 1 is white, in any dtype."""
    data = to_png(torch.tensor([-1.0, 2.0]).view(1, 1, 2).expand(3, 1, 2).bfloat16(), {})
    assert list(Image.open(io.BytesIO(data)).get_flattened_data()) == [(0, 0, 0), (255, 255, 255)]
