"""The text encoder and the denoiser, trained together on ε with min-SNR weights."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch
from diffusers.models.attention_processor import AttnProcessor
from torch import Tensor, nn

from bench.emoji_base.foreign import CLIPTextConfig, CLIPTextModel, CLIPTokenizer, DDIMScheduler, UNet2DConditionModel
from bench.emoji_base.recipe import Denoiser, Recipe, digest
from bench.emoji_base.training.journal import Journal
from bench.emoji_base.training.latents import Latents
from bench.emoji_base.training.run import Run, Stopwatch
from bench.emoji_base.training.schedule import rate_at
from bench.emoji_base.training.threads import ThreadChoice

LOG_EVERY, SAVE_EVERY = 200, 300
SNAPSHOTS = 4  # sample grids over a run


@dataclass(frozen=True)
class Examples:
    """Latents (n, C, 16, 16) and the token ids (n, positions) of their captions."""

    latents: Latents
    tokens: npt.NDArray[np.int32]


def scheduler() -> DDIMScheduler:
    """Return Stable Diffusion's noise schedule, with spacing that starts at pure noise (arXiv 2305.08891)."""
    return DDIMScheduler(
        beta_start=0.00085,
        beta_end=0.012,
        beta_schedule="scaled_linear",
        clip_sample=False,
        set_alpha_to_one=False,
        steps_offset=1,
        timestep_spacing="trailing",
    )


def build_text_encoder(recipe: Recipe, tokenizer: CLIPTokenizer) -> CLIPTextModel:
    """Return the untrained text encoder; eager attention, whose backward is quicker for so few tokens."""
    shape = recipe.text
    config = CLIPTextConfig(
        vocab_size=len(tokenizer),
        hidden_size=shape.width,
        intermediate_size=4 * shape.width,
        projection_dim=shape.width,
        num_hidden_layers=shape.layers,
        num_attention_heads=shape.heads,
        max_position_embeddings=shape.positions,
        bos_token_id=tokenizer.bos_token_id,
        eos_token_id=tokenizer.eos_token_id,
        pad_token_id=tokenizer.pad_token_id,
        attn_implementation="eager",
    )
    return CLIPTextModel(config)


def build_unet(recipe: Recipe) -> UNet2DConditionModel:
    """Return the untrained denoiser, with the plain attention whose backward is quick on a CPU."""
    shape = recipe.denoiser
    kinds = [("CrossAttn" if crossed else "") for crossed in shape.cross_attention]
    unet = UNet2DConditionModel(
        sample_size=recipe.data.side // 2 ** (len(recipe.autoencoder.channels) - 1),
        in_channels=recipe.autoencoder.latent_channels,
        out_channels=recipe.autoencoder.latent_channels,
        block_out_channels=shape.channels,
        down_block_types=tuple(f"{kind}DownBlock2D" for kind in kinds),
        up_block_types=tuple(f"{kind}UpBlock2D" for kind in reversed(kinds)),
        layers_per_block=shape.layers,
        cross_attention_dim=recipe.text.width,
        attention_head_dim=shape.heads,  # diffusers reads it as the number of heads
        norm_num_groups=shape.groups,
    )
    unet.set_attn_processor(AttnProcessor())
    return unet


def start(recipe: Recipe, tokenizer: CLIPTokenizer) -> Run:
    """Return a fresh run from seeded weights."""
    torch.manual_seed(recipe.seed + 1)
    modules: dict[str, nn.Module] = {
        "unet": build_unet(recipe),
        "text_encoder": build_text_encoder(recipe, tokenizer),
    }
    shape = recipe.denoiser
    settings = "".join(digest(part) for part in (shape, recipe.text, recipe.autoencoder, recipe.data))
    return Run(modules, shape.rate, shape.decay, shape.average, settings)


class Objective:
    """The weighted ε loss, its randomness fixed by (seed, step)."""

    def __init__(self, shape: Denoiser, empty: list[int], seed: int) -> None:
        self._shape = shape
        self._empty = torch.tensor(empty)
        self._seed = seed
        self._levels: Tensor = scheduler().alphas_cumprod  # (1000,)

    def batch(self, examples: Examples, step: int) -> tuple[Tensor, Tensor]:
        """Draw latents and token ids for a step, some captions emptied for guidance."""
        rng = np.random.default_rng((self._seed, step))
        chosen = rng.integers(len(examples.latents), size=self._shape.batch)
        tokens = torch.from_numpy(examples.tokens[chosen]).long()
        dropped = torch.from_numpy(rng.random(self._shape.batch) < self._shape.empty_captions)
        tokens = torch.where(dropped[:, None], self._empty, tokens)
        return torch.from_numpy(examples.latents[chosen].astype(np.float32)), tokens

    def loss(self, run: Run, z: Tensor, tokens: Tensor, step: int) -> Tensor:
        """Return the mean squared error of the predicted noise, weighted by min(SNR, 5) / SNR; z (B, C, H, W).

        The weight is arXiv 2303.09556's: early and late timesteps stop pulling in different directions.
        """
        generator = torch.Generator().manual_seed(self._seed * 10_000_000 + step)
        eps = torch.randn(z.shape, generator=generator)
        # One timestep in each B-th of the range: the same expectation, less variance.
        t = ((torch.arange(len(z)) + torch.rand(len(z), generator=generator)) * (1000 / len(z))).long()
        alpha = self._levels[t][:, None, None, None]
        with torch.autocast("cpu", torch.bfloat16):
            c = run.modules["text_encoder"](tokens).last_hidden_state
            predicted = run.modules["unet"](alpha.sqrt() * z + (1 - alpha).sqrt() * eps, t, c).sample
        snr = (alpha / (1 - alpha)).flatten()
        weight = snr.clamp(max=self._shape.min_snr) / snr
        error: Tensor = (predicted.float() - eps).square().mean(dim=(1, 2, 3))  # (B,)
        return (weight * error).mean()


def train(
    run: Run,
    examples: Examples,
    check: Examples,
    objective: Objective,
    shape: Denoiser,
    folder: Path,
    snapshot: Callable[[Run], None],
) -> None:
    """Train all steps; `snapshot` is called with averaged weights some times on the way."""
    journal, watch, path = Journal(folder / "denoiser.csv", "denoiser"), Stopwatch(run), folder / "denoiser.safetensors"
    threads = ThreadChoice(torch.get_num_threads())
    taken, losses = run.step * SNAPSHOTS // shape.steps, []
    while run.step < shape.steps:
        rate = rate_at(shape.rate, run.step, shape.steps, warm_up=shape.warm_up, decay_share=shape.decay_share)
        z, tokens = objective.batch(examples, run.step)
        loss = objective.loss(run, z, tokens, run.step)
        run.update(loss, rate, shape.clip)
        losses.append(loss.item())
        threads.lap(watch.lap())
        if run.step % LOG_EVERY == 0 or run.step == shape.steps:
            with run.averaged():
                value = _check_loss(run, check, objective)
            journal.write(step=run.step, seconds=run.elapsed, rate=rate, loss=float(np.mean(losses)), check=value)
            print(f"threads {threads.chosen}", flush=True)
            losses.clear()
        if run.step % SAVE_EVERY == 0:
            run.save(path)
        if run.step * SNAPSHOTS // shape.steps > taken:
            taken += 1
            with run.averaged():
                snapshot(run)
    run.save(path)


@torch.no_grad()
def _check_loss(run: Run, check: Examples, objective: Objective) -> float:
    z = torch.from_numpy(check.latents[:128].astype(np.float32))
    return float(objective.loss(run, z, torch.from_numpy(check.tokens[:128]).long(), 0))
