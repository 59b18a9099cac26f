"""The autoencoder: 64 px pictures to 16 by 16 latents, in Stable Diffusion's AutoencoderKL."""

import math
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F  # noqa: N812 — torch's own name for it
from torch import Tensor

from bench.emoji_base.data.shards import Pictures
from bench.emoji_base.foreign import AutoencoderKL
from bench.emoji_base.recipe import Autoencoder, Data, digest
from bench.emoji_base.training.journal import Journal
from bench.emoji_base.training.run import Run, Stopwatch
from bench.emoji_base.training.schedule import rate_at

SAVE_EVERY, LOG_EVERY = 400, 100


def build(shape: Autoencoder, side: int) -> AutoencoderKL:
    """Return the untrained network."""
    blocks = len(shape.channels)
    return AutoencoderKL(
        in_channels=3,
        out_channels=3,
        down_block_types=("DownEncoderBlock2D",) * blocks,
        up_block_types=("UpDecoderBlock2D",) * blocks,
        block_out_channels=shape.channels,
        layers_per_block=1,
        latent_channels=shape.latent_channels,
        norm_num_groups=shape.groups,
        sample_size=side,
        mid_block_add_attention=False,
        force_upcast=False,
    )


def start(shape: Autoencoder, data: Data, seed: int) -> Run:
    """Return a fresh run from seeded weights."""
    torch.manual_seed(seed)
    vae = build(shape, data.side)
    return Run({"vae": vae}, shape.rate, 1e-4, shape.average, digest(shape) + digest(data))


def train(run: Run, pixels: Pictures, check: Pictures, shape: Autoencoder, folder: Path) -> None:
    """Train all steps, saving and measuring on the way."""
    vae, journal, watch = run.modules["vae"], Journal(folder / "autoencoder.csv", "autoencoder"), Stopwatch(run)
    while run.step < shape.steps:
        rng = np.random.default_rng((7, run.step))
        x = to_tensor(pixels[rng.integers(len(pixels), size=shape.batch)])
        noise = torch.Generator().manual_seed(run.step)
        rate = rate_at(shape.rate, run.step, shape.steps, warm_up=shape.warm_up, decay_share=shape.decay_share)
        loss = loss_of(vae, x, shape, noise, halved=bool(rng.random() < shape.halved_share))
        run.update(loss, rate, clip=1.0)
        watch.lap()
        if run.step % LOG_EVERY == 0:
            with run.averaged():
                value = psnr(vae, check[:64])
            journal.write(step=run.step, seconds=run.elapsed, rate=rate, loss=loss.item(), psnr=value)
            watch.lap()
        if run.step % SAVE_EVERY == 0:
            run.save(folder / "autoencoder.safetensors")
    run.save(folder / "autoencoder.safetensors")


def loss_of(vae: AutoencoderKL, x: Tensor, shape: Autoencoder, noise: torch.Generator, *, halved: bool) -> Tensor:
    """Absolute, squared and edge error plus a small KL; x (B, 3, H, W) in [-1, 1].

    Halved latents must decode to halved pictures as well: that keeps latents smooth, so that a small
    denoiser learns them sooner (EQ-VAE, arXiv 2502.09509).
    """
    with torch.autocast("cpu", torch.bfloat16):
        posterior = vae.encode(x).latent_dist
        z = posterior.sample(noise)
        y = vae.decode(z).sample
        small = vae.decode(F.avg_pool2d(z, 2)).sample if halved else None
    loss = _distance(y.float(), x, shape) + shape.kl_weight * _kl(posterior.mean.float(), posterior.logvar.float())
    if small is not None:
        loss = loss + _distance(small.float(), F.avg_pool2d(x, 2), shape)
    return loss


def _distance(y: Tensor, x: Tensor, shape: Autoencoder) -> Tensor:
    error = y - x
    across, down = error.diff(dim=3).abs().mean(), error.diff(dim=2).abs().mean()
    return error.abs().mean() + shape.square_weight * error.square().mean() + shape.edge_weight * (across + down)


def _kl(mean: Tensor, log_variance: Tensor) -> Tensor:
    return 0.5 * (mean.square() + log_variance.exp() - 1 - log_variance).mean()


def to_tensor(pixels: Pictures) -> Tensor:
    """Return (n, H, W, 3) bytes as (n, 3, H, W) floats in [-1, 1]."""
    return torch.from_numpy(pixels).permute(0, 3, 1, 2).float().div(127.5).sub(1).contiguous()


@torch.no_grad()
def reconstruct(vae: AutoencoderKL, pixels: Pictures) -> Tensor:
    """Return what the latents' means decode to, (n, 3, H, W) in [-1, 1]."""
    with torch.autocast("cpu", torch.bfloat16):
        y: Tensor = vae.decode(vae.encode(to_tensor(pixels)).latent_dist.mode()).sample
    return y.float().clamp(-1, 1)


def psnr(vae: AutoencoderKL, pixels: Pictures) -> float:
    """Return the mean over pictures of the peak signal-to-noise ratio, in dB."""
    error = torch.cat(
        [reconstruct(vae, part) - to_tensor(part) for part in np.array_split(pixels, -(-len(pixels) // 64))]
    )
    return float((10 * torch.log10(4 / error.square().mean(dim=(1, 2, 3)))).mean()) if len(error) else math.nan
