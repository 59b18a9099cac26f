"""The classes of diffusers and transformers that the training uses.

Their annotations do not know their own methods (a UNet without `set_attn_processor`), so that a type checker
is told nothing about them but their names.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:

    class Unchecked(Any):  # type: ignore[misc]  # strict forbids the base Any, which is what is meant here
        """A class that has every attribute."""

    AutoencoderKL = Unchecked
    CLIPTextConfig = Unchecked
    CLIPTextModel = Unchecked
    CLIPTokenizer = Unchecked
    DDIMScheduler = Unchecked
    StableDiffusionPipeline = Unchecked
    UNet2DConditionModel = Unchecked
else:
    from diffusers import AutoencoderKL, DDIMScheduler, StableDiffusionPipeline, UNet2DConditionModel
    from transformers import CLIPTextConfig, CLIPTextModel, CLIPTokenizer

__all__ = [
    "AutoencoderKL",
    "CLIPTextConfig",
    "CLIPTextModel",
    "CLIPTokenizer",
    "DDIMScheduler",
    "StableDiffusionPipeline",
    "UNet2DConditionModel",
]
