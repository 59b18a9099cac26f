"""The plots of the page."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import matplotlib as mpl
import matplotlib.pyplot as plt
from matplotlib.figure import Figure

from bench.report.render.tables import Mean

mpl.use("Agg")

SIZE = (6.4, 4.4)  # inches
DPI = 110
DARK = 0.6  # below this the color asks for white figures


def alignment(points: Mapping[str, Mapping[str, Mean]], path: Path) -> None:
    """Text against image alignment, a cross of standard errors for each name; names beside the plot."""
    figure, axes = plt.subplots(figsize=(SIZE[0] + 2.6, SIZE[1]))
    for name, of in points.items():
        text, image = of["text"], of["image"]
        axes.errorbar(text.value, image.value, xerr=text.error, yerr=image.error, fmt="o", capsize=3, label=name)
    axes.set_xlabel("text alignment")
    axes.set_ylabel("image alignment")
    axes.grid(alpha=0.3)
    axes.legend(fontsize=8, loc="upper left", bbox_to_anchor=(1.01, 1))
    _save(figure, path)


def curves(
    lines: Mapping[str, Sequence[tuple[float, float]]], labels: tuple[str, str], path: Path, *, log: bool
) -> None:
    """Lines of (x, y) by name."""
    figure, axes = plt.subplots(figsize=SIZE)
    for name, points in lines.items():
        axes.plot(*zip(*points, strict=True), marker="o", label=name)
    if log:
        axes.set_xscale("log")
    axes.set_xlabel(labels[0])
    axes.set_ylabel(labels[1])
    axes.grid(alpha=0.3)
    axes.legend(fontsize=8)
    _save(figure, path)


def bars(values: Mapping[str, tuple[float, float]], names: tuple[str, str], path: Path) -> None:
    """Two bars for each label."""
    figure, axes = plt.subplots(figsize=(9, 4))
    places = range(len(values))
    for number, name in enumerate(names):
        heights = [pair[number] for pair in values.values()]
        axes.bar([place + 0.4 * number for place in places], heights, width=0.38, label=name)
    axes.set_xticks([place + 0.2 for place in places], list(values))
    axes.set_ylim(bottom=min(min(pair) for pair in values.values()) - 0.05)
    axes.legend(fontsize=8)
    _save(figure, path)


def heat(matrix: Sequence[Sequence[float]], names: Sequence[str], path: Path) -> None:
    """A matrix with its numbers."""
    figure, axes = plt.subplots(figsize=(6, 5.2))
    axes.imshow(matrix, cmap="viridis", vmin=0, vmax=1)
    axes.set_xticks(range(len(names)), list(names), rotation=45)
    axes.set_yticks(range(len(names)), list(names))
    for y, row in enumerate(matrix):
        for x, value in enumerate(row):
            axes.text(
                x, y, f"{value:.2f}", ha="center", va="center", fontsize=8, color="white" if value < DARK else "black"
            )
    axes.set_xlabel("first training")
    axes.set_ylabel("second training, other rates and seed")
    _save(figure, path)


def _save(figure: Figure, path: Path) -> None:
    figure.tight_layout()
    figure.savefig(path, dpi=DPI, metadata={"Software": None})
    plt.close(figure)
