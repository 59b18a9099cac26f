"""How exactly inversion brings a picture back: each picture's shift trained, then its own words both ways.

    python -m bench.edit --out bench/results/edit.csv

For each picture it trains the shift of an edit (the paper's: its description alone, no prior), then inverts and
samples under that description, guidance 1 both ways, η 0, no slerp. `psnr_latent` compares with what the autoencoder
makes of the picture, which is what inversion can reach; `psnr_picture` with the picture itself, and
`psnr_autoencoder` is the autoencoder's own against the picture. In decibels, of pixels in [0, 1].
"""

import argparse
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from torch import Tensor

from bench.table import append
from svdiff_core.base import Base, load_base
from svdiff_core.editing import EditingSpec, edit, subject_of
from svdiff_core.pictures import decode, to_training_tensor
from svdiff_core.recipe import Recipe
from svdiff_core.sampling import SampleDone
from svdiff_core.shift import Shift
from svdiff_core.training import Training

ROOT = Path(__file__).parents[1]
PICTURES = {
    "dog-grass.png": "a photo of a dog on the grass",
    "dog-table.png": "a photo of a dog on the table",
    "dog-city.png": "a photo of a dog in the city",
    "dog-red.png": "a photo of a dog",
}
SEED = 0
FIELDS = (
    *("picture", "training_steps", "loss", "training_seconds", "steps", "refinements"),
    *("psnr_latent", "psnr_picture", "psnr_autoencoder", "seconds"),
)


def main() -> None:
    """Measure every picture with every number of steps and refinements."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--base", type=Path, default=ROOT / "svdiff_core" / "bases" / "emoji")
    parser.add_argument("--factors", type=Path, default=ROOT / "build" / "factors")
    parser.add_argument("--pictures", type=Path, default=ROOT / "demo" / "pictures")
    parser.add_argument("--out", type=Path, default=ROOT / "bench" / "results" / "edit.csv")
    parser.add_argument("--only", nargs="+", default=list(PICTURES), choices=list(PICTURES))
    parser.add_argument("--training-steps", type=int, default=500)
    parser.add_argument("--steps", type=int, nargs="+", default=[25, 50])
    parser.add_argument("--refinements", type=int, nargs="+", default=[0, 3])
    arguments = parser.parse_args()
    base = load_base(arguments.base, factors_dir=arguments.factors)
    recipe = replace(Recipe.from_mapping(base.recipe.fine_tune), steps=arguments.training_steps, prior_weight=0.0)
    for name in arguments.only:
        picture = to_training_tensor(decode((arguments.pictures / name).read_bytes()), base.recipe.resolution)
        for row in measured(base, picture, PICTURES[name], recipe, arguments.steps, arguments.refinements):
            told = {"picture": name} | row
            append(arguments.out, FIELDS, told)
            print(told, flush=True)


def measured(
    base: Base, picture: Tensor, description: str, recipe: Recipe, steps: Sequence[int], refinements: Sequence[int]
) -> Iterator[dict[str, Any]]:
    """The rows of one picture (3, H, W) in [-1, 1]."""
    begun = time.perf_counter()
    training = Training(base, subject_of(picture, description), recipe, SEED)
    losses = [record.loss for record in training.steps()]
    trained = {
        "training_steps": recipe.steps,
        "loss": round(sum(losses[-50:]) / len(losses[-50:]), 5),
        "training_seconds": round(time.perf_counter() - begun, 1),
    }
    own = base.family.decode_latents(base.family.encode_pictures(picture[None])[0])[0]
    real = (picture + 1) / 2
    for count in steps:
        for refined in refinements:
            begun = time.perf_counter()
            spec = EditingSpec((description,), steps=count, guidance=1.0, refinements=refined)
            back = brought_back(base, training.shift(), picture, spec)
            yield trained | {
                "steps": count,
                "refinements": refined,
                "psnr_latent": psnr(back, own),
                "psnr_picture": psnr(back, real),
                "psnr_autoencoder": psnr(own, real),
                "seconds": round(time.perf_counter() - begun, 2),
            }


def brought_back(base: Base, shift: Shift, picture: Tensor, spec: EditingSpec) -> Tensor:
    """The one edit that the spec asks for, (3, H, W) in [0, 1]."""
    *_, last = edit(base, shift, picture, spec)
    if not isinstance(last, SampleDone):
        raise TypeError("edit ends with SampleDone")
    return last.pictures[0]


def psnr(a: Tensor, b: Tensor) -> float:
    """Decibels, of pixels in [0, 1]."""
    return round(float(-10 * (a - b).square().mean().log10()), 2)


if __name__ == "__main__":
    main()
