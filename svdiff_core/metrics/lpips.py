"""Image alignment as 1 - LPIPS (Zhang et al., 2018), on AlexNet's features.

A folder holds `lpips.safetensors`: the five convolutions by torchvision's names, `features.{0,3,6,8,10}.weight` and
`.bias`, and the five learned weights of channels by those of the metric's authors, `lin{0..4}.model.1.weight`, each
(1, C, 1, 1). Weights that exist as pickles must be rewritten once, by whoever trusts them.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import safetensors
import torch
import torch.nn.functional as F  # noqa: N812 — torch's own name for it
from safetensors.torch import load_file
from torch import Tensor

from svdiff_core.errors import MetricInvalid

FILE = "lpips.safetensors"
SHAPES = (  # of the convolutions, in their order
    ("features.0", (64, 3, 11, 11)),
    ("features.3", (192, 64, 5, 5)),
    ("features.6", (384, 192, 3, 3)),
    ("features.8", (256, 384, 3, 3)),
    ("features.10", (256, 256, 3, 3)),
)
STRIDES_AND_PADDING = ((4, 2), (1, 2), (1, 1), (1, 1), (1, 1))
POOLED_BEFORE = frozenset({1, 2})  # 3x3 maxima in steps of 2
MEAN = (-0.030, -0.088, -0.188)  # of pictures in [-1, 1], by channel
DEVIATION = (0.458, 0.448, 0.450)
EPSILON = 1e-10  # added to a feature's norm
SMALLEST = 31  # pixels a side: AlexNet leaves nothing of less


@dataclass(frozen=True)
class LpipsAlignment:
    """1 - LPIPS: 1 for the same picture, less for others, below 0 for very different ones."""

    weights: Mapping[str, Tensor]
    name: str = "lpips"

    def image_alignment(self, pictures: Tensor, references: Tensor) -> Tensor:
        """Of each picture (n, 3, H, W) in [0, 1], the mean over the references (m, 3, H', W'), (n,).

        References are brought to the pictures' size; both to at least 31 pixels a side.
        """
        return 1 - self.distances(pictures, references).mean(dim=1)

    @torch.no_grad()
    def distances(self, pictures: Tensor, references: Tensor) -> Tensor:
        """LPIPS of each picture to each reference, (n, m)."""
        size = (max(SMALLEST, pictures.shape[-2]), max(SMALLEST, pictures.shape[-1]))
        total = torch.zeros(len(pictures), len(references))
        maps = zip(self._features(_resize(pictures, size)), self._features(_resize(references, size)), strict=True)
        for layer, (a, b) in enumerate(maps):
            weights = self.weights[f"lin{layer}.model.1.weight"]  # (1, C, 1, 1)
            for m, reference in enumerate(b):
                total[:, m] += ((a - reference).square() * weights).sum(dim=1).mean(dim=(1, 2))
        return total

    def _features(self, x: Tensor) -> Iterator[Tensor]:
        """The five maps (n, C, h, w) of pictures in [0, 1], at each place of norm 1 over the channels."""
        mean, deviation = (torch.tensor(values).view(1, 3, 1, 1) for values in (MEAN, DEVIATION))
        x = (2 * x - 1 - mean) / deviation
        for layer, ((name, _), (stride, padding)) in enumerate(zip(SHAPES, STRIDES_AND_PADDING, strict=True)):
            if layer in POOLED_BEFORE:
                x = F.max_pool2d(x, 3, 2)
            x = F.relu(F.conv2d(x, self.weights[f"{name}.weight"], self.weights[f"{name}.bias"], stride, padding))
            yield x / (x.square().sum(dim=1, keepdim=True).sqrt() + EPSILON)


def load_lpips(folder: Path) -> LpipsAlignment:
    """The metric from a folder with `lpips.safetensors`; computes in fp32 on the CPU.

    Raises:
        MetricInvalid: the file is missing or damaged, or a tensor is missing or of another shape.
    """
    path = folder / FILE
    if not path.is_file():
        raise MetricInvalid(str(folder), f"there is no {FILE}")
    try:
        stored = load_file(path)
    except (safetensors.SafetensorError, OSError, ValueError) as error:
        raise MetricInvalid(str(folder), f"its {FILE} is damaged") from error
    for name, shape in expected_tensors():
        if name not in stored or tuple(stored[name].shape) != shape:
            raise MetricInvalid(str(folder), f"its {FILE} has no {name!r} of the shape {list(shape)}")
    return LpipsAlignment({name: stored[name].float() for name, _ in expected_tensors()})


def expected_tensors() -> Iterator[tuple[str, tuple[int, ...]]]:
    """Every tensor of the file with its shape."""
    for layer, (name, shape) in enumerate(SHAPES):
        yield f"{name}.weight", shape
        yield f"{name}.bias", shape[:1]
        yield f"lin{layer}.model.1.weight", (1, shape[0], 1, 1)


def _resize(pictures: Tensor, size: tuple[int, int]) -> Tensor:
    """The pictures in fp32 on the CPU, (n, 3, *size)."""
    pictures = pictures.detach().float().cpu()
    if pictures.shape[-2:] == size:
        return pictures
    return F.interpolate(pictures, size=size, mode="bilinear", antialias=True, align_corners=False)
