"""Several requests in common batches, each picture under its own shift."""

from collections.abc import Generator, Iterator, Sequence
from contextlib import ExitStack, contextmanager

import torch
from torch import Tensor

from svdiff_core.base import Base
from svdiff_core.errors import SpecInvalid
from svdiff_core.parameters.sampling import SamplingSpec
from svdiff_core.sampling.merging import deltas_by_part
from svdiff_core.sampling.sampler import (
    MAX_BATCH,
    SampleDone,
    SampleStep,
    check_spec,
    opening_steps,
    rows_of,
    sample_batches,
    sample_stages,
)
from svdiff_core.sampling.stages import Row, prompts_of, stages_of
from svdiff_core.shift.file import Shift
from svdiff_core.spectral.module import SpectralModule


def sample_mixed(
    base: Base, requests: Sequence[tuple[SamplingSpec, Shift | None]], *, max_batch: int = MAX_BATCH
) -> Generator[SampleStep | SampleDone, None, None]:
    """Sample several specs, each under its own shift, in common batches: every picture carries its own δ.

    Prompts, seeds, guidance and η may differ; size, steps and the shifts' start must agree.

    Raises:
        ShiftOfAnotherBase, ShiftDoesNotFit, SpecInvalid: before the first step.
    """
    shape, steps = check_spec(base, requests[0][0])
    opening = opening_steps(requests[0][0].shift_start, steps)
    for spec, _ in requests:
        if check_spec(base, spec) != (shape, steps) or opening_steps(spec.shift_start, steps) != opening:
            raise SpecInvalid("steps", "must be the same in all specs of a batch, as sizes and `shift_start`")
    rows = [(row, shift) for spec, shift in requests for row in rows_of(spec)]
    deltas = {id(shift): deltas_by_part(base, shift) for _, shift in requests}

    def latents(batch: Sequence[tuple[Row, Shift | None]]) -> Iterator[Tensor]:
        copies = len(prompts_of([row for row, _ in batch])) // len(batch)
        by_sample = [deltas[id(shift)] for _, shift in batch] * copies
        stages = stages_of(batch, opening, steps, lambda: _shifted_base(base, by_sample), mixed=True)
        yield from sample_stages(base, stages, shape)

    pictures = yield from sample_batches(base, rows, steps, max_batch, latents)
    yield SampleDone(pictures, tuple(row.seed for row, _ in rows))


@contextmanager
def _shifted_base(base: Base, shifts: Sequence[dict[str, dict[str, Tensor]]]) -> Iterator[None]:
    """The base in factored form, sample i under shift i."""
    with ExitStack() as stack:
        for part, module in base.family.parts.items():
            handle = SpectralModule(module, base.factors.part(part), _stack_deltas([s.get(part, {}) for s in shifts]))
            handle.attach()
            stack.callback(handle.detach)
        yield


def _stack_deltas(deltas: Sequence[dict[str, Tensor]]) -> dict[str, Tensor]:
    """δ of every sample as (B, r) by layer; a sample without the layer has zeros."""
    examples = {name: delta for by_layer in deltas for name, delta in by_layer.items()}
    return {
        name: torch.stack([by_layer.get(name, torch.zeros_like(example)) for by_layer in deltas])
        for name, example in examples.items()
    }
