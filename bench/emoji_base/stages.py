"""The stages from nothing to a pipeline folder; each leaves files behind and starts where they end."""

import shutil
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from bench.emoji_base.data import shards, sprites
from bench.emoji_base.export import manifest, model_card, pipeline_folder, sample_grid
from bench.emoji_base.foreign import AutoencoderKL, CLIPTokenizer, StableDiffusionPipeline
from bench.emoji_base.recipe import Recipe
from bench.emoji_base.training import autoencoder, denoiser, latents, tokenizer
from bench.emoji_base.training.journal import last_row
from bench.emoji_base.training.run import Run


@dataclass(frozen=True)
class Workplace:
    """Where a training keeps its files, and by which recipe it works."""

    recipe: Recipe
    folder: Path
    processes: int = 2

    @property
    def downloads(self) -> Path:
        """The folder of the packed emoji sets."""
        return self.folder / "downloads"

    @property
    def scenes(self) -> Path:
        """The folder of the rendered scenes."""
        return self.folder / "scenes"

    def scene_sets(self) -> tuple[shards.SceneSet, ...]:
        """Name the training set and the two that only measure."""
        data, seed = self.recipe.data, self.recipe.seed
        return shards.training_set(data, seed), *shards.check_sets(data, seed)


def render_data(place: Workplace) -> None:
    """Render the sprites and scenes that are missing."""
    sprites.make(place.downloads, place.folder / "sprites", place.recipe.data.sprite_side)
    for scene_set in place.scene_sets():
        shards.render(scene_set, place.recipe.data, place.scenes, place.processes)


def train_autoencoder(place: Workplace) -> AutoencoderKL:
    """Train the autoencoder, or read it where it is done."""
    done = place.folder / "autoencoder"
    if done.exists():
        known: AutoencoderKL = AutoencoderKL.from_pretrained(done)
        return known
    recipe = place.recipe
    pixels, check = (shards.pictures(s, recipe.data, place.scenes) for s in place.scene_sets()[:2])
    run = autoencoder.start(recipe.autoencoder, recipe.data, recipe.seed)
    run.resume(place.folder / "autoencoder.safetensors")
    autoencoder.train(run, pixels, check, recipe.autoencoder, place.folder)
    return _finished_autoencoder(run, pixels, done)


def train_denoiser(place: Workplace, vae: AutoencoderKL) -> None:
    """Train text encoder and denoiser."""
    words = tokenizer.train(place.recipe.text.positions)
    examples, check = (_examples(place, s, vae, words) for s in place.scene_sets()[:2])
    shape, run = place.recipe.denoiser, denoiser.start(place.recipe, words)
    run.resume(place.folder / "denoiser.safetensors")
    objective = denoiser.Objective(shape, _tokens(words, [""])[0].tolist(), place.recipe.seed)

    def snapshot(run: Run) -> None:
        picture = sample_grid.grid(_pipeline(run, vae, words), rows=1)
        picture.save(place.folder / f"samples-{run.step:06}.png")

    denoiser.train(run, examples, check, objective, shape, place.folder, snapshot)


def export(place: Workplace, target: Path) -> int:
    """Write the newest averaged weights as a pipeline folder with card, curves and samples; return its bytes."""
    words = tokenizer.train(place.recipe.text.positions)
    run = denoiser.start(place.recipe, words)
    if not run.resume(place.folder / "denoiser.safetensors"):
        raise NothingTrainedError(place.folder)
    run.use_average()
    vae = AutoencoderKL.from_pretrained(place.folder / "autoencoder")
    size = pipeline_folder.write(_pipeline(run, vae, words), target)
    manifest.write(target)
    _document(place, target)
    return size


class NothingTrainedError(Exception):
    """There is no checkpoint of this recipe to export."""

    code = "nothing_trained"

    def __init__(self, folder: Path) -> None:
        super().__init__(f"{folder} holds no denoiser.safetensors that was trained by this recipe")


def _document(place: Workplace, target: Path) -> None:
    pipeline = pipeline_folder.read(target)
    model_card.write(place.recipe, _facts(place, pipeline), target)
    sample_grid.grid(pipeline).save(target / "samples.png", optimize=True)
    for name in ("autoencoder.csv", "denoiser.csv"):
        shutil.copyfile(place.folder / name, target / name)


def _facts(place: Workplace, pipeline: StableDiffusionPipeline) -> model_card.Facts:
    parts = {"text encoder": pipeline.text_encoder, "autoencoder": pipeline.vae, "denoiser": pipeline.unet}
    check, subjects = (shards.pictures(s, place.recipe.data, place.scenes) for s in place.scene_sets()[1:])
    first, second = (last_row(place.folder / name) for name in ("autoencoder.csv", "denoiser.csv"))
    return model_card.Facts(
        parameters={name: sum(p.numel() for p in part.parameters()) for name, part in parts.items()},
        vocabulary=len(pipeline.tokenizer),
        psnr_check=autoencoder.psnr(pipeline.vae, check),
        psnr_subjects=autoencoder.psnr(pipeline.vae, subjects),
        autoencoder_steps=int(first["step"]),
        autoencoder_hours=first["seconds"] / 3600,
        denoiser_steps=int(second["step"]),
        denoiser_hours=second["seconds"] / 3600,
        check_loss=second["check"],
    )


def _finished_autoencoder(run: Run, pixels: shards.Pictures, done: Path) -> AutoencoderKL:
    run.use_average()
    vae: AutoencoderKL = run.modules["vae"].eval()
    latents.center(vae, pixels[:2_000])
    vae.save_pretrained(done)
    return vae


def _examples(
    place: Workplace, scene_set: shards.SceneSet, vae: AutoencoderKL, words: CLIPTokenizer
) -> denoiser.Examples:
    pixels = shards.pictures(scene_set, place.recipe.data, place.scenes)
    captions = shards.captions(scene_set, place.recipe.data, place.scenes)
    z = latents.encode(vae, pixels, place.folder / f"latents-{scene_set.name}.npy")
    return denoiser.Examples(z, _tokens(words, captions))


def _tokens(words: CLIPTokenizer, texts: list[str]) -> npt.NDArray[np.int32]:
    ids = words(texts, padding="max_length", truncation=True)["input_ids"]
    return np.asarray(ids, np.int32)


def _pipeline(run: Run, vae: AutoencoderKL, words: CLIPTokenizer) -> StableDiffusionPipeline:
    return pipeline_folder.assemble(vae, run.modules["text_encoder"], words, run.modules["unet"])
