"""A subject's prior latents, sorted by the prompts that they were drawn from."""

from collections.abc import Sequence

import torch
from torch import Tensor

from svdiff_core.draws import mix
from svdiff_core.prior import prompts_of


class PriorShelves:
    """Latents (m, c, h, w) in the order of `svdiff_core.prior.prompts_of`, by prompt."""

    def __init__(self, latents: Tensor, class_prompt: str, companions: Sequence[str]) -> None:
        self._prompts = prompts_of(class_prompt, companions, len(latents))
        places: dict[str, list[int]] = {}
        for i, prompt in enumerate(self._prompts):
            places.setdefault(prompt, []).append(i)
        self._shelves = {prompt: latents[indices] for prompt, indices in places.items()}
        self.plain = self._shelves[class_prompt]  # those of the class alone

    def drawn(self, seed: int, step: int) -> tuple[str, Tensor]:
        """The prompt of this step's prior pictures, each as likely as its share of them, and all latents of it."""
        generator = torch.Generator("cpu").manual_seed(mix(seed, step, "prior"))
        prompt = self._prompts[int(torch.randint(len(self._prompts), (), generator=generator))]
        return prompt, self._shelves[prompt]
