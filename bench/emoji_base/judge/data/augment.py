"""What happens to pictures on the way to the judge in training, so that it asks for no sharper ones later.

A base's pictures come through an autoencoder: soft, with drifting colors and small faults. None is seen here.
"""

import torch
import torch.nn.functional as F  # noqa: N812 — torch's own name for it
from torch import Tensor


def augment(x: Tensor, generator: torch.Generator) -> Tensor:
    """Return pictures (n, 3, 64, 64) in [0, 1], each moved, softened, recolored and spoiled by amounts of its own."""
    x = _moved(x, generator)
    x = _softened(x, generator)
    x = _recolored(x, generator)
    x = _erased(x, generator)
    return _noisy(x, generator).clamp(0, 1)


def _uniform(n: int, low: float, high: float, generator: torch.Generator) -> Tensor:
    """(n, 1, 1, 1) between low and high."""
    return low + (high - low) * torch.rand((n, 1, 1, 1), generator=generator)


def _moved(x: Tensor, generator: torch.Generator) -> Tensor:
    """Stretch, shear, shift and warp seven in ten of the pictures; sides stay sides."""
    n = len(x)
    moves = (torch.rand((n, 1), generator=generator) < 0.7).float()
    jitter = moves * (2 * torch.rand((n, 6), generator=generator) - 1)
    a, d, b, c, tx, ty = (jitter * torch.tensor([0.12, 0.12, 0.1, 0.1, 0.1, 0.1])).T
    theta = torch.stack([torch.stack([1 + a, b, tx], 1), torch.stack([c, 1 + d, ty], 1)], 1)  # (n, 2, 3)
    grid = F.affine_grid(theta, list(x.shape), align_corners=False)
    warp = 0.04 * moves.view(n, 1, 1, 1) * torch.randn((n, 2, 6, 6), generator=generator)
    grid = grid + F.interpolate(warp, size=x.shape[-2:], mode="bilinear", align_corners=False).permute(0, 2, 3, 1)
    return F.grid_sample(x, grid, padding_mode="reflection", align_corners=False)


def _softened(x: Tensor, generator: torch.Generator) -> Tensor:
    soft = F.interpolate(F.avg_pool2d(x, 2), size=x.shape[-2:], mode="bilinear", align_corners=False)
    share = _uniform(len(x), -0.4, 1.0, generator).clamp(min=0)
    return x + share * (soft - x)


def _recolored(x: Tensor, generator: torch.Generator) -> Tensor:
    n = len(x)
    gray = x.mean(dim=1, keepdim=True)
    x = gray + (x - gray) * _uniform(n, 0.75, 1.2, generator)
    x = 0.5 + (x - 0.5) * _uniform(n, 0.85, 1.12, generator) + _uniform(n, -0.06, 0.06, generator)
    return x + 0.025 * torch.randn((n, 3, 1, 1), generator=generator)


def _noisy(x: Tensor, generator: torch.Generator) -> Tensor:
    """Add fine noise, and drifts of color over eighths of the picture."""
    n = len(x)
    fine = torch.randn(x.shape, generator=generator) * _uniform(n, 0, 0.04, generator)
    coarse = torch.randn((n, 3, 8, 8), generator=generator) * _uniform(n, 0, 0.05, generator)
    return x + fine + F.interpolate(coarse, size=x.shape[-2:], mode="bilinear", align_corners=False)


def _erased(x: Tensor, generator: torch.Generator) -> Tensor:
    """Smear a rectangle of one picture in five to a single color near its own."""
    n, side = len(x), x.shape[-1]
    size = _uniform(n, 0.12, 0.3, generator) * (torch.rand((n, 1, 1, 1), generator=generator) < 0.2)
    center_x, center_y = _uniform(n, 0.2, 0.8, generator), _uniform(n, 0.2, 0.8, generator)
    at = (torch.arange(side) + 0.5) / side
    inside = ((at - center_x).abs() < size / 2) & ((at.view(-1, 1) - center_y).abs() < size / 2)  # (n, 1, H, W)
    color = (x * inside).sum(dim=(2, 3), keepdim=True) / inside.sum(dim=(2, 3), keepdim=True).clamp(min=1)
    return torch.where(inside, color, x)
