"""Many prompts sampled in common batches, each picture from its own seed."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from svdiff_core.base import Base
from svdiff_core.sampling.sampler import MAX_BATCH, opening_steps, sample_stages, split_batches, stage_factory
from svdiff_core.sampling.stages import Row
from svdiff_core.spaces.adapter import Adapter

Progress = Callable[[str, int, int], None]  # task, done, total


@dataclass(frozen=True)
class SamplingSettings:
    """How pictures are sampled; picture i of a row uses seed + i."""

    steps: int = 25
    guidance: float = 4.0
    seed: int = 0
    shift_start: float = 0.0  # fraction of the steps before the adapter begins


def sample_pictures(
    base: Base,
    prompts: Sequence[str],
    settings: SamplingSettings,
    adapter: Adapter | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Tensor:
    """Sample one picture a prompt, (n, 3, H, W) in [0, 1]; `progress` is called with (pictures done, in all)."""
    side = base.recipe.resolution
    shape = base.family.latent_shape(side, side)
    rows = [Row(prompt, "", settings.seed + i, settings.guidance, 0.0) for i, prompt in enumerate(prompts)]
    pictures: list[Tensor] = []
    done = 0
    with stage_factory(base, adapter, opening_steps(settings.shift_start, settings.steps)) as stages:
        for chunk in split_batches(rows, MAX_BATCH):
            *_, x = sample_stages(base, stages(chunk, settings.steps), shape)
            pictures.append(base.family.decode_latents(x).cpu())
            done += len(chunk)
            if progress is not None:
                progress(done, len(rows))
    return torch.cat(pictures)
