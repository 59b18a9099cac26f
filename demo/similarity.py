"""How much of a subject is in a picture, without a model: its colors, and the directions of its edges."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from PIL import Image

Array = npt.NDArray[np.float64]

SIDE = 64  # every picture is compared at this size
LEVELS = 6  # color levels a channel
CELLS = 4  # edge histograms a side
ANGLES = 8
CENTER = slice(SIDE // 8, SIDE - SIDE // 8)  # the subject stands around the middle
SHIFTS = (-8, 0, 8)


class Subject:
    """What several pictures of one subject have in common; their backgrounds differ."""

    def __init__(self, pictures: Sequence[Image.Image]) -> None:
        arrays = [pixels(picture) for picture in pictures]
        self._palette = np.min([colors(array) for array in arrays], axis=0)
        self._edges = [edges(array[CENTER, CENTER]) for array in arrays]

    def similarity(self, picture: Image.Image) -> float:
        """0 to 1: the mean of the share of the subject's palette found, and the best match of its edges."""
        array = pixels(picture)
        found = np.minimum(colors(array), self._palette).sum() / self._palette.sum()
        moved = [edges(np.roll(array, (dy, dx), axis=(0, 1))[CENTER, CENTER]) for dy in SHIFTS for dx in SHIFTS]
        matched = max(float((own * other).sum()) for own in self._edges for other in moved)
        return float((found + matched) / 2)


def pixels(picture: Image.Image) -> Array:
    """(SIDE, SIDE, 3) in [0, 1]."""
    return np.asarray(picture.convert("RGB").resize((SIDE, SIDE), Image.Resampling.BOX), np.float64) / 255


def colors(array: Array) -> Array:
    """The shares of LEVELS³ colors in the middle of a picture, softened so that neighbors count a little."""
    histogram, _ = np.histogramdd(array[CENTER, CENTER].reshape(-1, 3), bins=LEVELS, range=[(0, 1)] * 3)
    for axis in range(3):
        padded = np.pad(histogram, [(1, 1) if a == axis else (0, 0) for a in range(3)], mode="edge")
        before, middle, after = (np.take(padded, np.arange(LEVELS) + k, axis=axis) for k in range(3))
        histogram = 0.25 * before + 0.5 * middle + 0.25 * after
    return np.asarray(histogram / histogram.sum())


def edges(array: Array) -> Array:
    """Histograms of edge directions in CELLS² cells, as one unit vector (the idea of HOG, Dalal and Triggs 2005)."""
    gray = array.mean(axis=2)
    dy, dx = np.gradient(gray)
    strength, angle = np.hypot(dx, dy), np.mod(np.arctan2(dy, dx), np.pi)
    bins = np.minimum((angle / np.pi * ANGLES).astype(int), ANGLES - 1)
    side = gray.shape[0] // CELLS
    histogram = np.zeros((CELLS, CELLS, ANGLES))
    for row in range(CELLS):
        for column in range(CELLS):
            cell = np.s_[row * side : (row + 1) * side, column * side : (column + 1) * side]
            histogram[row, column] = np.bincount(bins[cell].ravel(), strength[cell].ravel(), minlength=ANGLES)
    norm = np.linalg.norm(histogram)
    return np.asarray(histogram / norm) if norm else histogram
