"""From a plan to pixels: background, sprites, style. Drawn at twice the wanted side, then halved."""

from collections.abc import Mapping

import numpy as np
from PIL import Image, ImageFilter, ImageOps

from bench.emoji_base.data.backgrounds import plain_background, scene_background
from bench.emoji_base.data.scenes import Placed, Scene
from bench.emoji_base.data.words import COLORS

PIXEL_ART_SIDE = 16


def draw(scene: Scene, sprites: Mapping[tuple[str, str], Image.Image], side: int) -> Image.Image:
    """Draw a plan as an RGB picture, side by side pixels."""
    rng = np.random.default_rng(scene.seed)
    make = plain_background if scene.plain else scene_background
    picture = make(scene.background, 2 * side, rng).convert("RGBA")
    for placed in scene.things:
        _paste(picture, sprites[placed.set_name, placed.word], placed)
    return _styled(picture.convert("RGB"), scene.style)


def _paste(picture: Image.Image, sprite: Image.Image, placed: Placed) -> None:
    size = round(placed.size * picture.width)
    sprite = sprite.resize((size, size), Image.Resampling.BILINEAR)
    if placed.flipped:
        sprite = ImageOps.mirror(sprite)
    if placed.color is not None:
        sprite = _recolored(sprite, COLORS[placed.color])
    sprite = _toned(sprite, placed.tone)
    sprite = sprite.rotate(placed.turn, Image.Resampling.BILINEAR, expand=True)
    left = round(placed.x * picture.width - sprite.width / 2)
    top = round(placed.y * picture.height - sprite.height / 2)
    layer = Image.new("RGBA", picture.size)
    layer.paste(sprite, (left, top))
    picture.alpha_composite(layer)


def _recolored(sprite: Image.Image, color: tuple[int, int, int]) -> Image.Image:
    """Map dark to a dark shade, middle to the color, bright to a light tint: the drawing stays readable."""
    gray = ImageOps.autocontrast(sprite.convert("RGB").convert("L"), mask=sprite.getchannel("A").point(_solid))
    shade = tuple(part // 4 for part in color)
    tint = tuple((2 * part + 255) // 3 for part in color)
    tinted = ImageOps.colorize(gray, shade, tint, color, midpoint=128)
    tinted.putalpha(sprite.getchannel("A"))
    return tinted


def _toned(sprite: Image.Image, tone: float) -> Image.Image:
    alpha = sprite.getchannel("A")
    toned = sprite.convert("RGB").point(lambda level: min(255, round(level * tone)))
    toned.putalpha(alpha)
    return toned


def _solid(alpha: int) -> int:
    return 255 if alpha > 200 else 0


def _styled(picture: Image.Image, style: str | None) -> Image.Image:
    """Apply the style and halve the sides."""
    if style == "black and white":
        return picture.convert("L").convert("RGB").reduce(2)
    if style == "pixel art":
        small = picture.resize((PIXEL_ART_SIDE, PIXEL_ART_SIDE), Image.Resampling.BOX)
        return small.resize((picture.width // 2, picture.height // 2), Image.Resampling.NEAREST)
    if style == "sketch":
        return _sketched(picture).reduce(2)
    return picture.reduce(2)


def _sketched(picture: Image.Image) -> Image.Image:
    """Draw the outlines with a soft pencil on white: dark where the brightness changes."""
    gray = np.asarray(picture.convert("L").filter(ImageFilter.GaussianBlur(1.2)), np.float32)
    slope = np.hypot(np.gradient(gray, axis=0), np.gradient(gray, axis=1))  # (H, W), levels a pixel
    paper = 250 - np.clip((slope - 2) * 18, 0, 215)  # below 2 it is a gradient, no outline
    return Image.fromarray(paper.round().astype(np.uint8)).convert("RGB")
