"""The folder that ships: Stable Diffusion's own classes, fp16 safetensors, loadable by diffusers alone."""

import warnings
from pathlib import Path

import torch

from bench.emoji_base.foreign import (
    AutoencoderKL,
    CLIPTextModel,
    CLIPTokenizer,
    StableDiffusionPipeline,
    UNet2DConditionModel,
)
from bench.emoji_base.training.denoiser import scheduler

LARGEST = 24_000_000  # bytes


class FolderTooLargeError(Exception):
    """The base is carried by the repository, so it has a size limit."""

    code = "base_too_large"

    def __init__(self, size: int) -> None:
        super().__init__(f"the pipeline folder takes {size:,} bytes; the limit is {LARGEST:,}")


def assemble(
    vae: AutoencoderKL, text_encoder: CLIPTextModel, tokenizer: CLIPTokenizer, unet: UNet2DConditionModel
) -> StableDiffusionPipeline:
    """Put the parts together; the emoji world needs no safety checker."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # an old warning about UNets under 64 latent pixels
        pipeline = StableDiffusionPipeline(
            vae=vae,
            text_encoder=text_encoder,
            tokenizer=tokenizer,
            unet=unet,
            scheduler=scheduler(),
            safety_checker=None,
            feature_extractor=None,
            requires_safety_checker=False,
        )
    pipeline.set_progress_bar_config(disable=True)
    return pipeline


def write(pipeline: StableDiffusionPipeline, folder: Path) -> int:
    """Save the pipeline in fp16 and return its bytes; FolderTooLargeError above the limit."""
    pipeline.vae.register_to_config(_name_or_path="")  # else the folder tells where it was trained
    pipeline.to(torch.float16).save_pretrained(folder, safe_serialization=True)
    files = [path for path in folder.rglob("*") if path.is_file()]
    for path in files:
        path.chmod(0o644)  # safetensors writes for its owner alone; a container may run as another user
    size = sum(path.stat().st_size for path in files)
    if size > LARGEST:
        raise FolderTooLargeError(size)
    return size


def read(folder: Path) -> StableDiffusionPipeline:
    """Load a pipeline folder in fp32."""
    pipeline: StableDiffusionPipeline = StableDiffusionPipeline.from_pretrained(
        folder, dtype=torch.float32, local_files_only=True
    )
    pipeline.set_progress_bar_config(disable=True)
    return pipeline
