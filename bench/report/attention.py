"""The attention to the special tokens of a joint training, on stitched pictures of its subjects."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import torch

from svdiff_core.base import Base
from svdiff_core.families.cross_attention import record_attention
from svdiff_core.parameters.recipe import Recipe
from svdiff_core.sampling.merging import merged_base
from svdiff_core.spaces.adapter import Adapter
from svdiff_core.training.batches import TrainingBatches
from svdiff_core.training.subjects import Subject
from svdiff_core.training.unmix import attention_halves

SEED = 11
BATCHES, BATCH = 8, 16  # stitched pictures, each at a timestep of its own


@dataclass(frozen=True)
class Mass:
    """Mean attention of image queries to a special token, on its own subject's half and on the other's."""

    own: float
    other: float


@torch.no_grad()
def attention_mass(base: Base, subjects: Sequence[Subject], recipe: Recipe, learned: Adapter | None) -> Mass:
    """Mean over both tokens, timesteps and the recipe's layers; the same pictures, noise and prompts for all."""
    stitching = replace(recipe, cut_mix_probability=1.0, unmix_weight=1.0, batch_size=BATCH)
    batches = TrainingBatches(base, subjects, stitching, SEED, [None] * len(subjects))
    own, other = [], []
    with merged_base(base, learned):
        for step in range(1, BATCHES + 1):
            batch = batches.at(step)
            if batch.token_positions is None:
                raise TypeError("every batch is stitched")
            states = base.family.encode_prompts(list(batch.prompts)).expand(BATCH, -1, -1)
            with record_attention(base.family.cross_attention(recipe.unmix_layers), BATCH) as recording:
                base.family.denoise(batch.batch.x, batch.batch.t, states)
            for halves in attention_halves(recording.maps(*batch.batch.x.shape[2:]), batch.token_positions):
                own.append(float(halves.own.mean()))
                other.append(float(halves.other.mean()))
    return Mass(sum(own) / len(own), sum(other) / len(other))
