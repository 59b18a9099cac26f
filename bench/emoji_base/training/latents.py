"""From the trained autoencoder to the denoiser's training set: centered, scaled, encoded once."""

from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch

from bench.emoji_base.data.shards import Pictures
from bench.emoji_base.foreign import AutoencoderKL
from bench.emoji_base.training.autoencoder import to_tensor

Latents = npt.NDArray[np.float16]  # (n, channels, 16, 16), mean 0 and standard deviation 1 over all


@torch.no_grad()
def center(vae: AutoencoderKL, pixels: Pictures) -> None:
    """Move each latent channel's mean to 0 and set the scaling factor, leaving all reconstructions as they are.

    Stable Diffusion's pipeline knows a scale but no shift, so the shift goes into the two 1 by 1 convolutions
    around the latents.
    """
    z = torch.from_numpy(_encoded(vae, pixels).astype(np.float32))
    mean = z.mean(dim=(0, 2, 3))  # (channels,)
    vae.quant_conv.bias[: len(mean)] -= mean
    vae.post_quant_conv.bias += vae.post_quant_conv.weight[:, :, 0, 0] @ mean
    vae.register_to_config(scaling_factor=float(1 / (z - mean[:, None, None]).std()))


def encode(vae: AutoencoderKL, pixels: Pictures, path: Path) -> Latents:
    """Return the scaled latents of all pictures, from the file where it exists."""
    if not path.exists():
        np.save(path, _encoded(vae, pixels) * np.float16(vae.config.scaling_factor))
    stored: Latents = np.load(path)
    return stored


@torch.no_grad()
def _encoded(vae: AutoencoderKL, pixels: Pictures) -> Latents:
    parts = []
    for start in range(0, len(pixels), 250):
        with torch.autocast("cpu", torch.bfloat16):
            posterior = vae.encode(to_tensor(pixels[start : start + 250])).latent_dist
        parts.append(posterior.mean.float().numpy().astype(np.float16))
    return np.concatenate(parts)
