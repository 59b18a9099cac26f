"""Prior pictures as pixels, which only stitching needs: priors are kept as latents."""

import torch
from torch import Tensor

from svdiff_core.stable_diffusion import StableDiffusion


class PriorPictures:
    """A subject's prior latents (m, c, h, w), decoded one by one when first asked for and kept as bytes on the CPU.

    One by one, so that the pixels do not depend on which were asked for together, and no step waits for all of them.
    """

    def __init__(self, family: StableDiffusion, latents: Tensor) -> None:
        self._family, self._latents = family, latents
        self._decoded: dict[int, Tensor] = {}

    def __len__(self) -> int:
        return len(self._latents)

    def __getitem__(self, indices: Tensor) -> Tensor:
        """The pictures (b, 3, H, W) in [-1, 1] of these indices (b,)."""
        return torch.stack([self._picture(i) for i in indices.tolist()]).float() / 127.5 - 1

    def _picture(self, i: int) -> Tensor:
        if i not in self._decoded:
            (picture,) = self._family.decode_latents(self._latents[i : i + 1])
            self._decoded[i] = (picture * 255).round().to(torch.uint8).cpu()
        return self._decoded[i]
