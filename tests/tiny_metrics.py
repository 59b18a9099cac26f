"""Metrics of random weights, in the forms in which operators have the real ones."""

from pathlib import Path

from tests.tiny_pipeline import LENGTH, tiny_tokenizer


def write_tiny_clip(folder: Path) -> Path:
    """A CLIP of 32 pixels with the tiny pipeline's words, as transformers writes one."""
    import torch
    from transformers import CLIPConfig, CLIPImageProcessorPil, CLIPModel

    tokenizer = tiny_tokenizer()
    size = {"hidden_size": 16, "intermediate_size": 32, "num_hidden_layers": 1, "num_attention_heads": 2}
    end = len(tokenizer) - 1
    text = size | {
        "vocab_size": len(tokenizer),
        "max_position_embeddings": LENGTH,
        "bos_token_id": end - 1,
        "eos_token_id": end,
        "pad_token_id": end,
    }
    vision = size | {"image_size": 32, "patch_size": 8}
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        model = CLIPModel(CLIPConfig(text_config=text, vision_config=vision, projection_dim=8))
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    crop = {"height": 32, "width": 32}
    CLIPImageProcessorPil(size={"shortest_edge": 32}, crop_size=crop).save_pretrained(folder)
    return folder


def write_tiny_lpips(folder: Path) -> Path:
    """LPIPS with random convolutions and positive random weights of channels."""
    import torch
    from safetensors.torch import save_file

    from svdiff_core.metrics.lpips import FILE, expected_tensors

    generator = torch.Generator().manual_seed(0)
    weights = {}
    for name, shape in expected_tensors():
        drawn = torch.rand(shape, generator=generator)
        fan = shape[1] * shape[2] * shape[3] if len(shape) == 4 and not name.startswith("lin") else 1
        weights[name] = drawn if name.startswith("lin") else (drawn - 0.5) * (12 / fan) ** 0.5
    folder.mkdir(parents=True, exist_ok=True)
    save_file(weights, folder / FILE)
    return folder
