"""The picture by which a version is judged: fixed prompts, fixed seeds, one column a prompt."""

from collections.abc import Sequence

import torch
from PIL import Image

from bench.emoji_base.foreign import StableDiffusionPipeline

PROMPTS = (
    "a photo of a dog",
    "a photo of a dog on the beach",
    "a photo of a dog in the snow",
    "a panda in the forest",
    "a photo of a cat in the city",
    "a fox on the grass",
    "a red car in the city",
    "a rocket in space",
    "a cup on a wooden table",
    "a dog on the left and a panda on the right",
    "a penguin and a cactus in the desert",
    "a cat wearing a hat in the snow",
    "a blue dog on the grass",
    "a lion on an orange background",
    "a ghost at night",
    "pixel art of a pig",
)
ROWS, STEPS, GUIDANCE = 4, 25, 4.0


def sample(
    pipeline: StableDiffusionPipeline,
    prompts: Sequence[str],
    seed: int,
    steps: int = STEPS,
    guidance: float = GUIDANCE,
) -> list[Image.Image]:
    """Return one picture a prompt, all from the same seed."""
    generators = [torch.Generator().manual_seed(seed) for _ in prompts]
    answer = pipeline(list(prompts), num_inference_steps=steps, guidance_scale=guidance, generator=generators)
    return list(answer.images)


def grid(
    pipeline: StableDiffusionPipeline, prompts: Sequence[str] = PROMPTS, rows: int = ROWS, guidance: float = GUIDANCE
) -> Image.Image:
    """Return a sheet with a column for each prompt and a row for each seed."""
    pictures = [p for seed in range(rows) for p in sample(pipeline, prompts, seed, guidance=guidance)]
    return sheet(pictures, len(prompts))


def sheet(pictures: Sequence[Image.Image], columns: int, gap: int = 2) -> Image.Image:
    """Lay equal pictures out in rows on white."""
    width, height = pictures[0].size
    rows = -(-len(pictures) // columns)
    paper = Image.new("RGB", (columns * (width + gap) - gap, rows * (height + gap) - gap), "white")
    for index, picture in enumerate(pictures):
        paper.paste(picture, (index % columns * (width + gap), index // columns * (height + gap)))
    return paper
