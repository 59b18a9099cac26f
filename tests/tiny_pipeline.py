"""A random pipeline of Stable Diffusion's own classes, small enough to train in a test."""

import json
from pathlib import Path
from typing import Any

import pytest

WORDS = "a photo picture of sks dog cat panda hat the beach snow in on red blue and".split()  # noqa: SIM905 — prose
SIZE = 32  # pixels a side; latents are 8x8
LENGTH = 16  # tokens a prompt


def write_tiny_pipeline(folder: Path, *, seed: int = 0, dtype: str = "float32", channels: int = 4) -> Path:
    """Write tokenizer, text encoder, autoencoder, UNet, scheduler and `svdiff.json`; one seed, one set of weights."""
    import torch

    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        for name, part in _parts(channels).items():
            part.to(getattr(torch, dtype)).save_pretrained(folder / name, safe_serialization=True)
    tiny_tokenizer().save_pretrained(folder / "tokenizer")
    _write(folder / "scheduler" / "scheduler_config.json", _SCHEDULER)
    _write(folder / "svdiff.json", _CARD)
    return folder


@pytest.fixture(scope="session")
def tiny_pipeline(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a random pipeline of 32 pixels, written once for all tests: read it, never change it."""
    return write_tiny_pipeline(tmp_path_factory.mktemp("base") / "tiny")


_CARD = {
    "family": "stable-diffusion",
    "resolution": SIZE,
    "fine_tune": {"steps": 3, "batch_size": 2, "learning_rate": 0.01, "prior_count": 3, "prior_steps": 2},
    "generation": {"steps": 3, "guidance": 4.0},
}
_SCHEDULER = {
    "_class_name": "DDIMScheduler",
    "beta_start": 0.00085,
    "beta_end": 0.012,
    "beta_schedule": "scaled_linear",
    "clip_sample": False,
    "num_train_timesteps": 1000,
    "prediction_type": "epsilon",
    "set_alpha_to_one": False,
    "steps_offset": 1,
}


def _write(path: Path, content: dict[str, Any]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(content, indent=2))


def _parts(channels: int) -> dict[str, Any]:
    from diffusers import AutoencoderKL, UNet2DConditionModel
    from transformers import CLIPTextConfig, CLIPTextModel

    vocabulary = len(_vocabulary())
    text = CLIPTextConfig(
        vocab_size=vocabulary,
        hidden_size=32,
        intermediate_size=64,
        num_hidden_layers=2,
        num_attention_heads=2,
        max_position_embeddings=LENGTH,
        bos_token_id=vocabulary - 2,
        eos_token_id=vocabulary - 1,
        pad_token_id=vocabulary - 1,
    )
    unet = UNet2DConditionModel(
        in_channels=channels,
        sample_size=8,
        block_out_channels=(32, 64),
        down_block_types=("DownBlock2D", "CrossAttnDownBlock2D"),
        up_block_types=("CrossAttnUpBlock2D", "UpBlock2D"),
        layers_per_block=1,
        cross_attention_dim=32,
        attention_head_dim=2,
        norm_num_groups=8,
    )
    vae = AutoencoderKL(
        block_out_channels=(8, 8, 16),
        down_block_types=("DownEncoderBlock2D",) * 3,
        up_block_types=("UpDecoderBlock2D",) * 3,
        layers_per_block=1,
        norm_num_groups=4,
        mid_block_add_attention=False,
        sample_size=SIZE,
    )
    return {"text_encoder": CLIPTextModel(text), "unet": unet, "vae": vae}


def _merges() -> list[tuple[str, str]]:
    """Byte-pair merges that build each word from the left, so that it becomes one token."""
    merges: dict[tuple[str, str], None] = {}
    for word in WORDS:
        pieces = [*word[:-1], f"{word[-1]}</w>"]
        for i in range(1, len(pieces)):
            merges["".join(pieces[:i]), pieces[i]] = None
    return list(merges)


def _vocabulary() -> dict[str, int]:
    letters = [chr(c) for c in range(33, 127)]
    tokens = [*letters, *(f"{letter}</w>" for letter in letters), *(a + b for a, b in _merges())]
    return {token: i for i, token in enumerate(dict.fromkeys([*tokens, "<|startoftext|>", "<|endoftext|>"]))}


def tiny_tokenizer() -> Any:
    """The words of the tiny pipeline, each one token."""
    from transformers import CLIPTokenizer

    make: Any = CLIPTokenizer  # its annotation does not know that merges may be pairs
    return make(vocab=_vocabulary(), merges=_merges(), model_max_length=LENGTH)
