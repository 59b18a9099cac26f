"""Sampling as a generator of steps: DDIM with classifier-free guidance, one seed a picture."""

import itertools
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TypeVar

import torch
from torch import Tensor

from svdiff_core.base import Base
from svdiff_core.errors import SpecInvalid
from svdiff_core.parameters.declaration import check_values
from svdiff_core.parameters.sampling import SamplingSpec
from svdiff_core.sampling.merging import check_adapter, merged_base
from svdiff_core.sampling.stages import Row, SamplingStage, prompts_of, stages_of
from svdiff_core.spaces.adapter import Adapter

MAX_BATCH = 8  # pictures; guidance doubles it


@dataclass(frozen=True)
class SampleStep:
    """One denoising step of a batch is done; `steps` counts those of all batches."""

    step: int
    steps: int


@dataclass(frozen=True)
class SampleDone:
    """The pictures (n, 3, H, W) in [0, 1] on the CPU, and the seed of each."""

    pictures: Tensor
    seeds: tuple[int, ...]


T = TypeVar("T")


def sample(
    base: Base, spec: SamplingSpec, adapter: Adapter | None = None, *, max_batch: int = MAX_BATCH
) -> Generator[SampleStep | SampleDone, None, None]:
    """Sample the spec's pictures under one adapter, merged into the weights until the generator ends or is closed.

    Raises:
        ShiftOfAnotherBase, ShiftDoesNotFit, SpecInvalid: before the first step.
    """
    rows = rows_of(spec)
    shape, steps = check_spec(base, spec)
    with stage_factory(base, adapter, opening_steps(spec.shift_start, steps)) as stages:
        pictures = yield from sample_batches(
            base, rows, steps, max_batch, lambda batch: sample_stages(base, stages(batch, steps), shape)
        )
    yield SampleDone(pictures, tuple(row.seed for row in rows))


@contextmanager
def stage_factory(
    base: Base, adapter: Adapter | None, opening: int
) -> Iterator[Callable[[Sequence[Row], int], list[SamplingStage]]]:
    """What makes the stages of a batch, of so many steps, under one adapter; merged once where all steps are under it.

    The adapter begins after `opening` steps.
    """
    if not opening or adapter is None:
        with merged_base(base, adapter):
            yield lambda rows, steps: [SamplingStage(rows, steps)]
        return
    check_adapter(base, adapter)
    yield lambda rows, steps: stages_of(
        [(row, adapter) for row in rows], opening, steps, lambda: merged_base(base, adapter), mixed=False
    )


def sample_batches(
    base: Base, rows: Sequence[T], steps: int, max_batch: int, latents: Callable[[Sequence[T]], Iterator[Tensor]]
) -> Generator[SampleStep, None, Tensor]:
    """Run batches of at most `max_batch`, counting their steps; returns all pictures."""
    chunks = split_batches(rows, max_batch)
    pictures: list[Tensor] = []
    done = 0
    for chunk in chunks:
        x = torch.empty(0)
        for x in latents(chunk):  # noqa: B007 — the last one is the result
            done += 1
            yield SampleStep(done, steps * len(chunks))
        pictures.append(base.family.decode_latents(x).cpu())
    return torch.cat(pictures)


def split_batches(rows: Sequence[T], max_batch: int) -> list[Sequence[T]]:
    """As few batches as possible, as equal as possible."""
    count = -(-len(rows) // max_batch)
    bounds = [len(rows) * i // count for i in range(count + 1)]
    return [rows[a:b] for a, b in itertools.pairwise(bounds)]


def sample_stages(
    base: Base,
    stages: Sequence[SamplingStage],
    shape: tuple[int, int, int],
    *,
    start: Callable[[Tensor], Tensor] = lambda noise: noise,
) -> Iterator[Tensor]:
    """Denoise one batch in one or more stages, whose rows differ in their prompts only; yields as `sample_latents`."""
    ddim, device = base.family.ddim, base.device
    rows, steps = stages[0].rows, sum(stage.steps for stage in stages)
    generators = [torch.Generator("cpu").manual_seed(row.seed) for row in rows]
    x = start(_noise(generators, shape).to(device))  # (B, c, h, w)
    guidance = torch.tensor([row.guidance for row in rows], device=device).view(-1, 1, 1, 1)
    eta = torch.tensor([row.eta for row in rows], device=device)
    noisy = bool(eta.any())
    timesteps = iter(ddim.timesteps(steps))
    for stage in stages:
        with stage.context():
            # (B, L, d), or under guidance (2B, L, d), negative prompts first
            states = _text_states(base, prompts_of(stage.rows), each=stage.mixed)
            for t in itertools.islice(timesteps, stage.steps):
                ts = t.expand(len(rows)).to(device)  # (B,)
                output = _denoise(base, x, ts, states, guidance)
                noise = _noise(generators, shape).to(device) if noisy else None
                x = ddim.step(output, x, ts, ddim.previous(ts, steps), eta, noise)
                yield x


def sample_latents(
    base: Base,
    rows: Sequence[Row],
    steps: int,
    shape: tuple[int, int, int],
    *,
    start: Callable[[Tensor], Tensor] = lambda noise: noise,
) -> Iterator[Tensor]:
    """Denoise one batch with the base as it is; yields x (B, c, h, w) after each step, the last is the result.

    `start` makes x_T of the rows' own noise; by default it is that noise.
    """
    return sample_stages(base, [SamplingStage(rows, steps)], shape, start=start)


def rows_of(spec: SamplingSpec) -> list[Row]:
    """The spec's pictures as rows of a batch."""
    return [Row(spec.prompt, spec.negative_prompt, spec.seed + i, spec.guidance, spec.eta) for i in range(spec.n)]


def check_spec(base: Base, spec: SamplingSpec) -> tuple[tuple[int, int, int], int]:
    """The latent shape and the number of steps of a spec; SpecInvalid where the base cannot sample it."""
    check_values(spec, SpecInvalid)
    if spec.steps > base.family.ddim.T:
        raise SpecInvalid("steps", f"must be at most {base.family.ddim.T}")
    default = base.recipe.resolution
    return base.family.latent_shape(spec.width or default, spec.height or default), spec.steps


def opening_steps(shift_start: float, steps: int) -> int:
    """How many of the steps come before the adapter begins; at least the last is under it."""
    return min(round(shift_start * steps), steps - 1)


@torch.no_grad()
def _text_states(base: Base, prompts: list[str], *, each: bool) -> Tensor:
    """Text states of the prompts; equal ones are encoded once, unless `each` sample has its own encoder."""
    if each:
        return base.family.encode_prompts(prompts)
    unique = list(dict.fromkeys(prompts))
    return base.family.encode_prompts(unique)[[unique.index(prompt) for prompt in prompts]]


@torch.no_grad()
def _denoise(base: Base, x: Tensor, t: Tensor, states: Tensor, guidance: Tensor) -> Tensor:
    """The denoiser's output under classifier-free guidance, both branches in one call: u + g·(c - u)."""
    if len(states) == len(x):
        return base.family.denoise(x, t, states)
    u, c = base.family.denoise(x.repeat(2, 1, 1, 1), t.repeat(2), states).chunk(2)
    return u + guidance * (c - u)


def _noise(generators: Sequence[torch.Generator], shape: tuple[int, int, int]) -> Tensor:
    """Noise (B, c, h, w), each sample's drawn from its own generator."""
    return torch.stack([torch.randn(shape, generator=generator) for generator in generators])
