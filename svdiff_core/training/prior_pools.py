"""A subject's prior latents by the prompts that they were sampled from, and as pixels where stitching needs them."""

from collections.abc import Sequence

import torch
from torch import Tensor

from svdiff_core.families.stable_diffusion import StableDiffusion
from svdiff_core.training.prior import prior_prompts
from svdiff_core.training.rng import derive_seed


class PriorPools:
    """Latents (m, c, h, w) in the order of `svdiff_core.training.prior.prior_prompts`, by prompt."""

    def __init__(self, latents: Tensor, class_prompt: str, companions: Sequence[str]) -> None:
        self._prompts = prior_prompts(class_prompt, companions, len(latents))
        indices: dict[str, list[int]] = {}
        for i, prompt in enumerate(self._prompts):
            indices.setdefault(prompt, []).append(i)
        self._pools = {prompt: latents[chosen] for prompt, chosen in indices.items()}
        self.class_latents = self._pools[class_prompt]  # without companions

    def draw(self, seed: int, step: int) -> tuple[str, Tensor]:
        """Draw the prompt of this step's prior pictures, each as likely as its share of them; with all its latents."""
        generator = torch.Generator("cpu").manual_seed(derive_seed(seed, step, "prior"))
        prompt = self._prompts[int(torch.randint(len(self._prompts), (), generator=generator))]
        return prompt, self._pools[prompt]


class PriorPictures:
    """A subject's prior latents (m, c, h, w), decoded one by one when first used and kept as bytes on the CPU.

    One by one, so that the pixels do not depend on which are used together, and no step waits for all of them.
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
