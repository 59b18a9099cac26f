"""The Stable Diffusion family: the only module that imports diffusers; transformers also `metrics.clip` imports."""

import json
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from diffusers import AutoencoderKL, UNet2DConditionModel
from diffusers.models.attention_processor import AttnProcessor
from huggingface_hub import hf_hub_download
from torch import Tensor, nn
from transformers import CLIPTextModel, CLIPTokenizer
from transformers.utils import logging as transformers_logging

from svdiff_core.errors import BaseInvalid, RecipeInvalid, SpecInvalid
from svdiff_core.families.cross_attention import CrossAttention
from svdiff_core.process.ddim import Ddim

NAME = "stable-diffusion"
_UNET: Any = UNet2DConditionModel  # these libraries are partly typed: their loaders count as untyped
_VAE: Any = AutoencoderKL
_TEXT_ENCODER: Any = CLIPTextModel
_TOKENIZER: Any = CLIPTokenizer
LOADING = threading.RLock()  # while these libraries load, they exchange parts of torch for the whole process


@dataclass(frozen=True)
class StableDiffusion:
    """A Stable Diffusion base in memory.

    The autoencoder stays float32, where its decoder is known to be stable; latents are float32 and
    scaled everywhere outside this class.
    """

    tokenizer: Any
    text_encoder: Any
    vae: Any
    unet: Any
    ddim: Ddim
    device: torch.device

    @property
    def parts(self) -> dict[str, nn.Module]:
        """The modules that carry shifts, by the name that prefixes their layers.

        Some versions of transformers wrap all of the text encoder in a child, `text_model`. Layers are named within
        that child, so that shifts and fingerprints do not depend on the version.
        """
        return {"unet": self.unet, "text_encoder": getattr(self.text_encoder, "text_model", self.text_encoder)}

    @property
    def default_size(self) -> int:
        """Width and height in pixels that the base was trained at."""
        return int(self.unet.config.sample_size) * self.reduction

    @property
    def reduction(self) -> int:
        """Pixels of a picture to one of its latent, a side."""
        return int(2 ** (len(self.vae.config.block_out_channels) - 1))

    @property
    def multiple(self) -> int:
        """Width and height must be a multiple of this many pixels, for the UNet to halve and double them."""
        return int(self.reduction * 2 ** (len(self.unet.config.block_out_channels) - 1))

    @property
    def geometry_layers(self) -> tuple[str, ...]:
        """Prefixes of the UNet layers that decide geometry more than appearance: its last attention down, its middle.

        For Stable Diffusion those of SVDiff's style mixing: down_blocks.2.attentions.1 and mid_block.
        """
        attentions = [
            f"down_blocks.{i}.attentions.{j}"
            for i, block in enumerate(self.unet.down_blocks)
            for j in range(len(getattr(block, "attentions", ())))
        ]
        return (*attentions[-1:], "mid_block")

    def latent_shape(self, width: int, height: int) -> tuple[int, int, int]:
        """Shape (c, h, w) of the latent of a picture.

        Raises:
            SpecInvalid: the size is not a positive multiple of `multiple`.
        """
        for field, size in (("width", width), ("height", height)):
            if size <= 0 or size % self.multiple:
                raise SpecInvalid(field, f"must be a positive multiple of {self.multiple} pixels, not {size}")
        return int(self.vae.config.latent_channels), height // self.reduction, width // self.reduction

    def tokenize(self, prompts: Sequence[str]) -> Tensor:
        """Token ids (n, L); a longer prompt is cut at the encoder's length L."""
        length = int(self.text_encoder.config.max_position_embeddings)
        batch = self.tokenizer(
            list(prompts), padding="max_length", max_length=length, truncation=True, return_tensors="pt"
        )
        ids: Tensor = batch["input_ids"].to(self.device)
        return ids

    def truncated_text(self, prompt: str) -> str:
        """The end of a too long prompt, which the text encoder does not read; empty where it reads all."""
        room = int(self.text_encoder.config.max_position_embeddings) - 2  # without the marks that begin and end it
        rest: str = self.tokenizer.decode(self.token_ids(prompt)[room:])
        return rest.strip()

    def token_ids(self, text: str) -> list[int]:
        """The ids of a text alone, without the marks that begin and end a prompt."""
        ids: list[int] = self.tokenizer(text, add_special_tokens=False)["input_ids"]
        return ids

    def cross_attention(self, blocks: str = "") -> tuple[CrossAttention, ...]:
        """The cross-attention layers of these blocks ("down_blocks.2 up_blocks.1").

        Where none are named, those of the last block with attention before the bottleneck, and of its mirror: maps of
        16x16 in Stable Diffusion v1 at 512 pixels.

        Raises:
            RecipeInvalid: a block has no cross-attention.
        """
        names = blocks.replace(",", " ").split() or self._blocks_by_the_bottleneck
        layers: list[CrossAttention] = []
        for block in names:
            prefix = f"{block.removeprefix('unet.')}."
            attention = [m for n, m in self.unet.named_modules() if n.startswith(prefix) and n.endswith(".attn2")]
            if not attention:
                raise RecipeInvalid("unmix_layers", f"names {block!r}, which has no cross-attention")
            layers += [CrossAttention(m.to_q, m.to_k, int(m.heads), float(m.scale)) for m in attention]
        return tuple(layers)

    @property
    def _blocks_by_the_bottleneck(self) -> tuple[str, ...]:
        kinds = self.unet.config.down_block_types
        last = max((i for i, kind in enumerate(kinds) if "CrossAttn" in kind), default=None)
        return ("mid_block",) if last is None else (f"down_blocks.{last}", f"up_blocks.{len(kinds) - 1 - last}")

    def encode_tokens(self, ids: Tensor) -> Tensor:
        """Hidden states (n, L, d) for token ids (n, L)."""
        states: Tensor = self.text_encoder(ids, return_dict=True).last_hidden_state
        return states

    def encode_prompts(self, prompts: Sequence[str]) -> Tensor:
        """Hidden states (n, L, d)."""
        return self.encode_tokens(self.tokenize(prompts))

    @property
    def condition_channels(self) -> int:
        """Input channels of the UNet beside the latents: those of a picture to edit (InstructPix2Pix), else 0."""
        return int(self.unet.config.in_channels) - int(self.vae.config.latent_channels)

    def denoise(self, x: Tensor, t: Tensor, states: Tensor, condition: Tensor | None = None) -> Tensor:
        """The UNet's output (B, c, h, w), float32, for latents x at timesteps t (B,) under text states.

        An editing base also reads `condition` (B, c, h, w), which is zero where no picture is to be edited.
        """
        if self.condition_channels:
            x = torch.cat([x, torch.zeros_like(x) if condition is None else condition.to(x)], dim=1)
        output: Tensor = self.unet(x.to(states.dtype), t, states, return_dict=False)[0]
        return output.float()

    @torch.no_grad()
    def encode_condition(self, pictures: Tensor) -> Tensor:
        """What an editing base reads of pictures (n, 3, H, W) in [-1, 1]: their latents (n, c, h, w), not scaled."""
        latents: Tensor = self.vae.encode(pictures.to(self.device, torch.float32)).latent_dist.mode()
        return latents

    @torch.no_grad()
    def encode_pictures(self, pictures: Tensor) -> tuple[Tensor, Tensor]:
        """Mean and standard deviation, each (n, c, h, w), of the latents of pictures (n, 3, H, W) in [-1, 1]."""
        posterior = self.vae.encode(pictures.to(self.device, torch.float32)).latent_dist
        scale, shift = self._latent_scale
        return (posterior.mean - shift) * scale, posterior.std * scale

    @torch.no_grad()
    def decode_latents(self, latents: Tensor) -> Tensor:
        """Pictures (n, 3, H, W) in [0, 1]."""
        scale, shift = self._latent_scale
        pictures: Tensor = self.vae.decode(latents / scale + shift, return_dict=False)[0]
        return (pictures / 2 + 0.5).clamp(0, 1)

    @property
    def _latent_scale(self) -> tuple[float, float]:
        return float(self.vae.config.scaling_factor), float(self.vae.config.shift_factor or 0.0)

    def to(self, dtype: torch.dtype) -> "StableDiffusion":
        """The same base on its device, with UNet and text encoder in `dtype` (changed in place)."""
        for part in self.parts.values():
            part.to(self.device)
            if dtype != torch.float32:
                part.to(dtype)
        self.vae.to(self.device)
        return self


def load(
    source: str,
    *,
    revision: str | None = None,
    device: str = "cpu",
    local_files_only: bool = False,
) -> StableDiffusion:
    """Load a folder or hub id in float32 on the CPU, as stored; `.to(dtype)` then moves it.

    Only safetensors are read, never a pickle.

    Raises:
        BaseInvalid: a part is missing, of another class, or stored in an unsafe format.
    """
    transformers_logging.disable_progress_bar()  # a worker's log is no terminal
    options: dict[str, Any] = {"revision": revision, "local_files_only": local_files_only or Path(source).is_dir()}
    weights = options | {"use_safetensors": True}
    # On a CPU at a few hundred tokens, plain attention's backward is several times faster than the fused one.
    on_cpu = torch.device(device).type == "cpu"
    text_encoder = _text_encoder(source, weights, eager=on_cpu)
    unet = _unet(source, weights, eager=on_cpu)
    vae = _model(source, "autoencoder", _VAE, "vae", weights)
    if unet.config.in_channels not in {vae.config.latent_channels, 2 * vae.config.latent_channels}:
        raise BaseInvalid(source, f"its UNet reads {unet.config.in_channels} channels, neither latents nor two of them")
    for module in (unet, text_encoder, vae):
        module.eval().requires_grad_(requires_grad=False)
    return StableDiffusion(
        _tokenizer(source, options, text_encoder.config.vocab_size),
        text_encoder,
        vae,
        unet,
        _load_part(source, "scheduler", lambda: Ddim.from_config(_scheduler_config(source, options))),
        torch.device(device),
    )


def sd_v1_unet_on_meta() -> nn.Module:
    """The UNet of Stable Diffusion v1 with shapes but no weights."""
    with torch.device("meta"):
        unet: nn.Module = _UNET(sample_size=64, cross_attention_dim=768, attention_head_dim=8)
    return unet


def _load_part(source: str, part: str, load: Callable[[], Any]) -> Any:
    try:
        with LOADING:
            return load()
    except Exception as error:  # these libraries raise OSError, ValueError, RuntimeError, KeyError and more
        raise BaseInvalid(source, f"its {part} is missing or damaged") from error


def _model(source: str, part: str, kind: Any, subfolder: str, options: dict[str, Any]) -> Any:
    """A model with all its weights: these libraries would fill in missing ones with random numbers."""
    model, info = _load_part(
        source, part, lambda: kind.from_pretrained(source, subfolder=subfolder, output_loading_info=True, **options)
    )
    if info["missing_keys"]:
        raise BaseInvalid(source, f"its {part} lacks the weight {min(info['missing_keys'])}")
    return model


def _unet(source: str, weights: dict[str, Any], *, eager: bool) -> Any:
    unet = _model(source, "unet", _UNET, "unet", weights)
    if eager:
        unet.set_attn_processor(AttnProcessor())
    return unet


def _text_encoder(source: str, weights: dict[str, Any], *, eager: bool) -> Any:
    attention = "eager" if eager else "sdpa"
    options = {"attn_implementation": attention, "dtype": torch.float32, **weights}
    return _model(source, "text encoder", _TEXT_ENCODER, "text_encoder", options)


def _tokenizer(source: str, options: dict[str, Any], vocabulary: int) -> Any:
    options = {"subfolder": "tokenizer", **options}
    tokenizer = _load_part(source, "tokenizer", lambda: _TOKENIZER.from_pretrained(source, **options))
    if not 3 < len(tokenizer) <= vocabulary:  # without its files it loads, as three special tokens
        raise BaseInvalid(source, "its tokenizer is missing or does not match its text encoder")
    return tokenizer


def _scheduler_config(source: str, options: dict[str, Any]) -> dict[str, Any]:
    name = "scheduler/scheduler_config.json"
    path = Path(source, name) if Path(source).is_dir() else Path(hf_hub_download(source, name, **options))
    config: dict[str, Any] = json.loads(path.read_text())
    return config
