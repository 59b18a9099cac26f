"""Editing one picture (CoSINE): a shift is learned from it alone, then the picture is sampled under other prompts."""

from collections.abc import Callable, Generator, Iterator, Sequence

from torch import Tensor

from svdiff_core.base import Base
from svdiff_core.errors import SpecInvalid
from svdiff_core.parameters.declaration import check_values
from svdiff_core.parameters.editing import EditingSpec
from svdiff_core.parameters.sampling import SamplingSpec
from svdiff_core.sampling.inversion import invert, slerp
from svdiff_core.sampling.merging import merged_base
from svdiff_core.sampling.sampler import (
    MAX_BATCH,
    SampleDone,
    SampleStep,
    check_spec,
    sample_batches,
    sample_latents,
)
from svdiff_core.sampling.stages import Row
from svdiff_core.spaces.adapter import Adapter


def edit(
    base: Base, adapter: Adapter, picture: Tensor, spec: EditingSpec, *, max_batch: int = MAX_BATCH
) -> Generator[SampleStep | SampleDone, None, None]:
    """Make the edits of a picture (3, H, W) in [-1, 1] under the adapter that was learned from it, of the same size.

    A step is one of denoising, or one of inversion.

    Raises:
        ShiftOfAnotherBase, ShiftDoesNotFit, SpecInvalid: before the first step.
    """
    rows = _rows(spec)
    shape = _check_spec(base, picture, spec)
    steps = 2 * spec.steps if spec.inversion else spec.steps
    with merged_base(base, adapter):
        z0 = base.family.encode_pictures(picture[None])[0]  # (1, c, h, w)
        pictures = yield from sample_batches(
            base, rows, steps, max_batch, lambda batch: _edit_batch(base, z0, batch, spec, shape)
        )
    yield SampleDone(pictures, tuple(row.seed for row in rows))


def _edit_batch(
    base: Base, z0: Tensor, rows: Sequence[Row], spec: EditingSpec, shape: tuple[int, int, int]
) -> Iterator[Tensor]:
    """Edit one batch: invert the picture to z_T under each row's own prompt, and sample from there."""
    if not spec.inversion:
        yield from sample_latents(base, rows, spec.steps, shape)
        return
    z = picture = z0.expand(len(rows), -1, -1, -1)  # (B, c, h, w)
    prompts = [row.prompt for row in rows]
    for z in invert(base, picture, prompts, spec.steps, refinements=spec.refinements):  # eq. 6
        yield z
    yield from sample_latents(base, rows, spec.steps, shape, start=_start(spec.slerp, z))


def _start(alpha: float, z: Tensor) -> Callable[[Tensor], Tensor]:
    """The function that makes x_T of fresh noise."""
    return lambda noise: slerp(alpha, z, noise) if alpha else z


def _rows(spec: EditingSpec) -> list[Row]:
    return [
        Row(prompt, spec.negative_prompt, spec.seed + i, spec.guidance, spec.eta)
        for i, prompt in enumerate(spec.prompts)
    ]


def _check_spec(base: Base, picture: Tensor, spec: EditingSpec) -> tuple[int, int, int]:
    """The latent's shape; SpecInvalid where the spec cannot be sampled."""
    if not spec.prompts:
        raise SpecInvalid("prompts", "must not be empty")
    check_values(spec, SpecInvalid)
    if spec.slerp and not spec.inversion:
        raise SpecInvalid("slerp", "must be 0 without inversion")
    height, width = picture.shape[-2:]
    sampling = SamplingSpec(
        spec.prompts[0], steps=spec.steps, guidance=spec.guidance, eta=spec.eta, width=width, height=height
    )
    return check_spec(base, sampling)[0]
