"""Editing a picture by an instruction with an InstructPix2Pix base (arXiv 2211.09800), whose UNet reads the picture."""

from collections.abc import Generator
from dataclasses import dataclass, fields, replace

import torch
from torch import Tensor

from svdiff_core.base import Base
from svdiff_core.errors import SpecInvalid
from svdiff_core.families.stable_diffusion import StableDiffusion
from svdiff_core.parameters.sampling import SamplingSpec
from svdiff_core.sampling.sampler import MAX_BATCH, SampleDone, SampleStep, sample
from svdiff_core.spaces.adapter import Adapter

IMAGE_GUIDANCE = 1.5


def instruct(
    base: Base,
    spec: SamplingSpec,
    picture: Tensor,
    adapter: Adapter | None = None,
    *,
    image_guidance: float = IMAGE_GUIDANCE,
    max_batch: int = MAX_BATCH,
) -> Generator[SampleStep | SampleDone, None, None]:
    """Edit a picture (3, H, W) in [-1, 1] by the spec's prompt, an instruction such as "make it snow".

    `image_guidance` is how closely the picture is kept, the spec's guidance how closely the instruction is followed;
    results have the picture's size. A guidance of 1 turns both off.

    Raises:
        SpecInvalid: the base does not read a picture; and what `sample` raises.
    """
    if not base.family.condition_channels:
        raise SpecInvalid("base", "cannot edit by instruction: that takes an InstructPix2Pix base (8 input channels)")
    spec = replace(spec, width=picture.shape[-1], height=picture.shape[-2])
    base.family.latent_shape(picture.shape[-1], picture.shape[-2])
    condition = base.family.encode_condition(picture.unsqueeze(0))  # (1, c, h, w)
    own = {field.name: getattr(base.family, field.name) for field in fields(base.family)}
    family = PictureGuided(**own, condition=condition, image_guidance=image_guidance, guided=spec.guidance != 1)
    yield from sample(replace(base, family=family), spec, adapter, max_batch=max_batch)


@dataclass(frozen=True)
class PictureGuided(StableDiffusion):
    """An editing base that reads one picture, with guidance by the picture as well as by the text."""

    condition: Tensor  # (1, c, h, w)
    image_guidance: float
    guided: bool

    def denoise(self, x: Tensor, t: Tensor, states: Tensor, condition: Tensor | None = None) -> Tensor:  # noqa: ARG002 — the picture is the class's own
        """Two outputs u, c (2B, c, h, w), whose guidance u + g·(c - u) is that of text and picture (eq. 3 there).

        With e(text, picture): u = e(-, -) + g_I·(e(-, picture) - e(-, -)), c = u + e(text, picture) - e(-, picture).
        """
        if not self.guided:
            return super().denoise(x, t, states, self.condition.expand(len(x), -1, -1, -1))
        b = len(x) // 2
        negative, positive = states[:b], states[b:]
        picture = self.condition.expand(b, -1, -1, -1)
        conditions = torch.cat([torch.zeros_like(picture), picture, picture])
        prompts = torch.cat([negative, negative, positive])
        outputs = super().denoise(x[:b].repeat(3, 1, 1, 1), t[:b].repeat(3), prompts, conditions)
        e_none, e_picture, e_both = outputs.chunk(3)
        u = e_none + self.image_guidance * (e_picture - e_none)
        return torch.cat([u, u + e_both - e_picture])
