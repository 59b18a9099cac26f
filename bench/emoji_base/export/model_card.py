"""The model card: what the base was made from, what it measures, and what it cannot do."""

from dataclasses import dataclass
from pathlib import Path

from bench.emoji_base.data import held_out
from bench.emoji_base.data.emoji_sets import EMOJI_SETS, EmojiSet
from bench.emoji_base.data.words import COLORS, NOUNS, RARE_TOKENS, SCENES
from bench.emoji_base.export import sample_grid
from bench.emoji_base.recipe import Recipe


@dataclass(frozen=True)
class Facts:
    """What only the finished training knows."""

    parameters: dict[str, int]
    vocabulary: int
    psnr_check: float  # dB, new scenes of trained drawings
    psnr_subjects: float  # dB, scenes of the held-out set
    autoencoder_steps: int
    autoencoder_hours: float
    denoiser_steps: int
    denoiser_hours: float
    check_loss: float


CARD = """---
license: apache-2.0
library_name: diffusers
pipeline_tag: text-to-image
---

# The emoji base

A text-to-image model small enough to train on two processor cores and to carry in a repository.
It draws {nouns} things in {scenes} scenes and on plain colors, 64 by 64 pixels, from captions such as
"a photo of a dog on the beach". It exists to show and to test personalization by spectral shifts
without a download and without a GPU; it is not a general text-to-image model.

![samples](samples.png)

One column a prompt, one row a seed (0 to {last_seed}), {steps} DDIM steps, guidance {guidance:g}.
Left to right: {prompts}.

## Use

    from diffusers import StableDiffusionPipeline
    pipeline = StableDiffusionPipeline.from_pretrained("svdiff_core/emoji/bases/emoji")
    pipeline("a photo of a dog on the beach", num_inference_steps={steps}, guidance_scale={guidance:g}).images[0]

## Parts

| part | class | parameters |
|---|---|---|
{parts}

Stored in fp16. Latents are {latents} by 16 by 16; the noise schedule is Stable Diffusion's (scaled linear,
0.00085 to 0.012, 1000 steps, predicts ε), sampled with "trailing" spacing. The tokenizer has {vocabulary} tokens:
every word of its vocabulary is one token, any other text falls to smaller pieces. The words
{rare} are single tokens that occur in no training caption: identifiers for personal subjects.

## Data

{rendered:,} rendered scenes with captions; no photographs, no people, nothing from the web.
The drawings are:

| set | package | license | used |
|---|---|---|---|
{sets}

Attribution: {attribution}. Changes: rendered to pixels, cut to the outline, resized, turned, mirrored, toned
or recolored, and placed on backgrounds that this project draws. CC BY 4.0:
https://creativecommons.org/licenses/by/4.0/. No drawing of the held-out set, and no picture of {held_out},
was seen in training.

Things: {words}. Scenes: {places}. Colors: {colors}. Captions name one thing, two things ("and", "next to",
"on the left and … on the right"), a color ("a blue dog"), a hat or crown worn, a small thing "on the left",
"thing" for any noun, or a style: pixel art, a sketch, a black and white photo.

## Training

`python -m bench.emoji_base train`, seed {seed}, bf16 autocast on two cores. Batches, noise and rates derive from
(seed, step); sums over threads do not, so a second training gives another model of the same kind, not the same bytes.

| | steps | batch | hours |
|---|---|---|---|
| autoencoder | {facts.autoencoder_steps:,} | {autoencoder_batch} | {facts.autoencoder_hours:.2f} |
| text encoder and denoiser | {facts.denoiser_steps:,} | {denoiser_batch} | {facts.denoiser_hours:.2f} |


The curves are in `autoencoder.csv` and `denoiser.csv`.

## Measured

| | |
|---|---|
| autoencoder, new scenes of trained drawings | {facts.psnr_check:.1f} dB |
| autoencoder, scenes of the held-out set | {facts.psnr_subjects:.1f} dB |
| weighted ε loss on new scenes, averaged weights | {facts.check_loss:.4f} |

## Limits

{limits}
"""

LIMITS = """- 64 by 64 pixels; fine features (eyes, whiskers, lettering) are soft or missing.
- The drawings of one noun are blended: a sample need not match any one set.
- Two things in one picture are less reliable than one, and details of both suffer.
- It knows the words above; other words change the picture in ways that mean nothing.
- What the judge measures of it, `svdiff evaluate base` prints."""


def text(recipe: Recipe, facts: Facts) -> str:
    """Return the card as Markdown."""
    trained = [noun.word for noun in NOUNS if noun.word not in held_out.NOUN_WORDS]
    classes = {"text encoder": "CLIPTextModel", "autoencoder": "AutoencoderKL", "denoiser": "UNet2DConditionModel"}
    return CARD.format(
        nouns=len(trained),
        scenes=len(SCENES),
        last_seed=sample_grid.ROWS - 1,
        steps=sample_grid.STEPS,
        guidance=sample_grid.GUIDANCE,
        prompts=" · ".join(sample_grid.PROMPTS),
        parts="\n".join(f"| {part} | {kind} | {facts.parameters[part]:,} |" for part, kind in classes.items()),
        latents=recipe.autoencoder.latent_channels,
        vocabulary=facts.vocabulary,
        rare=", ".join(f"`{word}`" for word in RARE_TOKENS),
        rendered=recipe.data.scenes,
        sets="\n".join(_row(entry) for entry in EMOJI_SETS),
        attribution="; ".join(f"{entry.author} ({entry.source}, {entry.license})" for entry in EMOJI_SETS),
        held_out=", ".join(sorted(held_out.NOUN_WORDS)),
        words=", ".join(trained),
        places=", ".join(scene.phrase for scene in SCENES),
        colors=", ".join(COLORS),
        seed=recipe.seed,
        facts=facts,
        autoencoder_batch=recipe.autoencoder.batch,
        denoiser_batch=recipe.denoiser.batch,
        limits=LIMITS,
    )


def write(recipe: Recipe, facts: Facts, folder: Path) -> None:
    """Write the card as README.md."""
    (folder / "README.md").write_text(text(recipe, facts))


def _row(entry: EmojiSet) -> str:
    use = "held out: personal subjects" if entry.name == held_out.SUBJECT_SET else "training"
    return f"| {entry.author} | `{entry.package}` {entry.version} | {entry.license} | {use} |"
