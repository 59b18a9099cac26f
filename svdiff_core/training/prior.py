"""Prior pictures: samples of a class prompt by the untouched base, stored as latents and shared by all trainings."""

import hashlib
import json
from collections.abc import Generator, Sequence
from dataclasses import dataclass

import safetensors
import torch
from safetensors.torch import load as load_tensors
from safetensors.torch import save as save_tensors
from torch import Tensor

from svdiff_core.base import Base
from svdiff_core.errors import PriorInvalid
from svdiff_core.parameters.recipe import Recipe
from svdiff_core.sampling.sampler import SampleStep, sample_latents, split_batches
from svdiff_core.sampling.stages import Row

SAMPLER = "ddim-0"  # DDIM, η = 0
MAX_BATCH = 32  # pictures; guidance doubles it


@dataclass(frozen=True)
class PriorDone:
    """The latents (n, c, h, w), float32 on the CPU, scaled as the denoiser reads them."""

    latents: Tensor


def prior_prompts(class_prompt: str, companions: Sequence[str], count: int) -> list[str]:
    """The prompt of each prior picture: the class prompt, every other time with the next companion behind it."""
    if not companions:
        return [class_prompt] * count
    return [f"{class_prompt} {companions[i // 2 % len(companions)]}" if i % 2 else class_prompt for i in range(count)]


def hash_prior(
    fingerprint: str, class_prompt: str, sampler: str, steps: int, guidance: float, size: int, count: int, seed: int
) -> str:
    """sha256 hex of everything the prior pictures depend on."""
    facts = [fingerprint, class_prompt, sampler, steps, float(guidance), size, count, seed]
    return hashlib.sha256(json.dumps(facts).encode()).hexdigest()


def prior_key(base: Base, class_prompt: str, recipe: Recipe, seed: int = 0) -> str:
    """The key of the prior that `sample_prior` makes from the same arguments."""
    return hash_prior(
        base.fingerprint,
        "\0".join((class_prompt, *recipe.companions)),  # no prompt holds NUL
        SAMPLER,
        recipe.prior_steps,
        recipe.prior_guidance,
        base.recipe.resolution,
        recipe.prior_count,
        seed,
    )


def sample_prior(
    base: Base, class_prompt: str, recipe: Recipe, seed: int = 0, *, max_batch: int = MAX_BATCH
) -> Generator[SampleStep | PriorDone, None, None]:
    """Sample `recipe.prior_count` latents of the class in batches; picture i uses seed + i (`prior_prompts`)."""
    size = base.recipe.resolution
    shape, steps = base.family.latent_shape(size, size), recipe.prior_steps
    prompts = prior_prompts(class_prompt, recipe.companions, recipe.prior_count)
    rows = [Row(prompt, "", seed + i, recipe.prior_guidance, 0.0) for i, prompt in enumerate(prompts)]
    chunks = split_batches(rows, max_batch)
    latents: list[Tensor] = []
    for number, chunk in enumerate(chunks):
        x = torch.empty(0)
        for step, x in enumerate(sample_latents(base, chunk, steps, shape), start=1):  # noqa: B007 — the last is the result
            yield SampleStep(number * steps + step, steps * len(chunks))
        latents.append(x.cpu())
    yield PriorDone(torch.cat(latents))


def dump(latents: Tensor) -> bytes:
    """Latents as a safetensors file."""
    data: bytes = save_tensors({"latents": latents.float().contiguous()})
    return data


def load(data: bytes) -> Tensor:
    """Latents from the file that `dump` wrote.

    Raises:
        PriorInvalid: the file is damaged, or holds something else.
    """
    try:
        latents: Tensor = load_tensors(data)["latents"]
    except (safetensors.SafetensorError, KeyError, ValueError) as error:
        raise PriorInvalid("the file is damaged") from error
    if latents.ndim != 4 or not latents.isfinite().all():
        raise PriorInvalid("it does not hold latents")
    return latents
