"""The real renders that ship with the judge: held-out pictures, and the pictures of the personal subjects."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from svdiff_core.emoji.judge import SHIPPED
from svdiff_core.errors import CoreError

FILE = "renders.json"
SIDE = 64  # pixels


class RendersInvalid(CoreError):
    """The folder does not hold the renders that an evaluation needs."""

    code = "renders_invalid"
    remedy = "Install the package again: the renders ship with it."

    def __init__(self, folder: Path) -> None:
        super().__init__(f"The renders in {str(folder)!r} are missing or damaged.")
        self.folder = folder


@dataclass(frozen=True)
class Sheet:
    """Pictures (n, 3, 64, 64) in [0, 1]; of each the things from left to right, and the scene."""

    pictures: Tensor
    things: tuple[tuple[str, ...], ...]
    scenes: tuple[str, ...]

    def of(self, word: str, scenes: Sequence[str] | None = None) -> Tensor:
        """The pictures of one thing in these scenes, or in all, (m, 3, 64, 64)."""
        facts = zip(self.things, self.scenes, strict=True)
        chosen = [
            i for i, (things, scene) in enumerate(facts) if things == (word,) and (scenes is None or scene in scenes)
        ]
        return self.pictures[chosen]


@dataclass(frozen=True)
class Renders:
    """The phrase of each scene in prompts, the sheets, and the subjects of the final figures and of sweeps."""

    scene_phrases: Mapping[str, str]
    trained: Sheet  # one thing, in drawings of the training sets, in new scenes
    held_out: Sheet  # one thing, in drawings of the held-out set; every thing in every scene
    pairs: Sheet  # two things, in drawings of the held-out set
    subjects: Sheet  # the pictures that subjects are learned from
    figures: tuple[str, ...]
    sweep: tuple[str, ...]

    @property
    def nouns(self) -> tuple[str, ...]:
        """Every thing, in the order of the sheet."""
        return tuple(dict.fromkeys(things[0] for things in self.held_out.things))


def load_renders(folder: Path = SHIPPED / "emoji" / "renders") -> Renders:
    """Read the renders of a folder.

    Raises:
        RendersInvalid: a file is missing or damaged.
    """
    try:
        table = json.loads((folder / FILE).read_text())
        sheets = {name: _sheet(folder / f"{name}.png", table["sheets"][name]) for name in table["sheets"]}
        return Renders(table["places"], **sheets, figures=tuple(table["figures"]), sweep=tuple(table["sweep"]))
    except (OSError, KeyError, TypeError, ValueError) as error:
        raise RendersInvalid(folder) from error


def _sheet(path: Path, rows: Sequence[Mapping[str, Any]]) -> Sheet:
    with Image.open(path) as picture:
        pixels = np.asarray(picture.convert("RGB"))
    columns = pixels.shape[1] // SIDE
    tiles = pixels.reshape(-1, SIDE, columns, SIDE, 3).swapaxes(1, 2).reshape(-1, SIDE, SIDE, 3)  # (n, H, W, 3)
    pictures = torch.from_numpy(tiles[: len(rows)].copy()).permute(0, 3, 1, 2).float() / 255
    things = tuple(tuple(row["things"]) for row in rows)
    return Sheet(pictures, things, tuple(row["scene"] for row in rows))
