"""Text alignment by CLIP (Radford et al., 2021): the cosine of a picture with a prompt.

Beside `families.stable_diffusion` the only module that imports transformers, and only when a folder is loaded.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
import torch.nn.functional as F  # noqa: N812 — torch's own name for it
from torch import Tensor

from svdiff_core.errors import MetricInvalid


@dataclass(frozen=True)
class ClipAlignment:
    """A CLIP model with its tokenizer and image processor, in fp32 on the CPU."""

    model: Any
    tokenizer: Any
    processor: Any
    name: str = "clip"

    def text_alignment(self, pictures: Tensor, prompts: Sequence[str]) -> Tensor:
        """Cosine of each picture (n, 3, H, W) in [0, 1] with the prompt of the same number, (n,) in [-1, 1]."""
        return F.cosine_similarity(self._pictures(pictures), self._prompts(prompts), dim=1)

    @torch.no_grad()
    def _pictures(self, pictures: Tensor) -> Tensor:
        """The embeddings of the pictures, (n, d): read in 8 bits, as they are stored."""
        values = (pictures.detach().float().cpu().clamp(0, 1) * 255).round().to(torch.uint8)
        arrays = [picture.permute(1, 2, 0).numpy() for picture in values]  # (H, W, 3)
        pixels = self.processor(images=arrays, return_tensors="pt")["pixel_values"]
        states: Tensor = self.model.visual_projection(self.model.vision_model(pixel_values=pixels).pooler_output)
        return states

    @torch.no_grad()
    def _prompts(self, prompts: Sequence[str]) -> Tensor:
        """The embeddings of the prompts, (n, d); a longer one is cut at the encoder's length."""
        length = int(self.model.config.text_config.max_position_embeddings)
        ids = self.tokenizer(list(prompts), padding=True, truncation=True, max_length=length, return_tensors="pt")
        states = self.model.text_model(input_ids=ids["input_ids"], attention_mask=ids["attention_mask"])
        projected: Tensor = self.model.text_projection(states.pooler_output)
        return projected


def load_clip(folder: Path) -> ClipAlignment:
    """CLIP from a folder as transformers writes it: model (safetensors), tokenizer and image processor.

    Raises:
        MetricInvalid: one of them is missing, damaged, or does not fit the others.
    """
    from transformers import CLIPImageProcessorPil, CLIPModel, CLIPTokenizer

    from svdiff_core.families.stable_diffusion import LOADING

    parts: list[Any] = [CLIPModel, CLIPTokenizer, CLIPImageProcessorPil]
    if not (folder / "preprocessor_config.json").is_file():  # without it, the processor loads as that of another model
        raise MetricInvalid(str(folder), "there is no preprocessor_config.json")
    try:
        with LOADING:
            model, info = parts[0].from_pretrained(
                folder, use_safetensors=True, local_files_only=True, output_loading_info=True, dtype=torch.float32
            )
            tokenizer, processor = (part.from_pretrained(folder, local_files_only=True) for part in parts[1:])
    except Exception as error:  # these libraries raise OSError, ValueError, RuntimeError, KeyError and more
        raise MetricInvalid(str(folder), "the CLIP model, its tokenizer or its image processor is damaged") from error
    if info["missing_keys"]:
        raise MetricInvalid(str(folder), f"the CLIP model lacks the weight {min(info['missing_keys'])}")
    if not 3 < len(tokenizer) <= model.config.text_config.vocab_size:  # without its files it loads, with few tokens
        raise MetricInvalid(str(folder), "the tokenizer is missing or does not match the model")
    return ClipAlignment(model.eval().requires_grad_(requires_grad=False), tokenizer, processor)
