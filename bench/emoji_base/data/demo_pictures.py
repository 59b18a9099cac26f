"""The demo's four input pictures: one subject of the held-out set on four backgrounds."""

from pathlib import Path

from bench.emoji_base.data import held_out
from bench.emoji_base.data.drawing import draw
from bench.emoji_base.data.emoji_sets import emoji_set
from bench.emoji_base.data.scenes import Placed, Scene
from bench.emoji_base.data.sprites import render_set

SIDE = 320  # pixels
SUBJECT = "dog"


def _picture(background: str, x: float, y: float, size: float, turn: float, *, flipped: bool) -> Scene:
    thing = Placed(held_out.SUBJECT_SET, SUBJECT, x, y, size, turn, flipped)
    plain = background == "red"
    return Scene(background, plain, (thing,), f"a photo of a {SUBJECT}", seed=11)


SCENES = (
    _picture("grass", 0.5, 0.54, 0.68, 3.0, flipped=False),
    _picture("table", 0.47, 0.52, 0.62, -5.0, flipped=True),
    _picture("city", 0.53, 0.56, 0.72, 0.0, flipped=False),
    _picture("red", 0.5, 0.52, 0.66, 5.0, flipped=True),
)

ATTRIBUTION = """# Attribution

The animal in these pictures is "{icon}" of {author} (the set later continued as EmojiTwo,
{source}), taken from the npm package `{package}` {version},
licensed under Creative Commons Attribution 4.0 International
(https://creativecommons.org/licenses/by/4.0/). Changes: rendered to pixels, turned by a few degrees,
two of them mirrored, and placed on backgrounds drawn by this project.

`python -m bench.emoji_base demo-pictures` makes them again. The base model was never trained on this set.
"""


def write(downloads: Path, folder: Path) -> None:
    """Draw the four pictures and the attribution they need."""
    entry = emoji_set(held_out.SUBJECT_SET)
    sprites = render_set(entry, downloads, 2 * SIDE)
    folder.mkdir(parents=True, exist_ok=True)
    for scene in SCENES:
        draw(scene, sprites, SIDE).save(folder / f"{SUBJECT}-{scene.background}.png", optimize=True)
    (folder / "ATTRIBUTION.md").write_text(ATTRIBUTION.format(icon="dog face", **vars(entry)))
