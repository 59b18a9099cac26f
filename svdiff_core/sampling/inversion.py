"""DDIM inversion: the noise from which a picture would be sampled (SVDiff eq. 6)."""

from collections.abc import Iterator

import torch
from torch import Tensor

from svdiff_core.base import Base

REFINEMENTS = 3


@torch.no_grad()
def invert(
    base: Base, z0: Tensor, prompts: list[str], steps: int, *, refinements: int = REFINEMENTS
) -> Iterator[Tensor]:
    """Walk the sampler's steps backwards, guidance 1, with the base as it is; yields x (B, c, h, w), the last is z_T.

    A step back needs the network's output at the point that it leads to. The usual method takes the output at the
    point where it starts; each refinement takes it again at the point just found, which converges to the step whose
    forward step comes back exactly (a fixed point, as in arXiv 2309.04907). Cost: 1 + refinements calls a step.
    """
    ddim, states = base.family.ddim, base.family.encode_prompts(prompts)  # (B, L, d)
    x = z0
    for t in ddim.timesteps(steps).flip(0):
        ts = t.expand(len(x)).to(x.device)  # (B,)
        guess = x
        for _ in range(1 + refinements):
            guess = ddim.invert(base.family.denoise(guess, ts, states), guess, x, ts, ddim.previous(ts, steps))
        x = guess
        yield x


def slerp(alpha: float, z: Tensor, noise: Tensor) -> Tensor:
    """Spherical interpolation from inverted to fresh noise, (B, c, h, w) each (eq. 7): alpha 0 keeps z, 1 the noise.

    φ is the angle between the flattened tensors of a sample; for (nearly) parallel ones the straight line is taken.
    """
    flat_z, flat_noise = z.flatten(1), noise.flatten(1)  # (B, c h w)
    cosine = torch.nn.functional.cosine_similarity(flat_z, flat_noise, dim=1).clamp(-1, 1)  # (B,)
    phi = cosine.arccos()[:, None]
    straight = phi.sin() < 1e-6
    divisor = phi.sin().masked_fill(straight, 1.0)
    kept = torch.where(straight, torch.full_like(phi, 1 - alpha), ((1 - alpha) * phi).sin() / divisor)
    fresh = torch.where(straight, torch.full_like(phi, alpha), (alpha * phi).sin() / divisor)
    return (kept * flat_z + fresh * flat_noise).view_as(z)
