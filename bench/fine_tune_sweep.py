"""How to fine-tune on the emoji base: recipes side by side on held-out subjects that the demo does not show.

    python -m bench.fine_tune_sweep --out bench/results/fine_tune_sweep.csv

For each subject (an animal of the held-out set, four pictures on four backgrounds) and each recipe it trains a
shift and draws four scenes from fixed seeds. `gain` is the demo's model-free similarity to the subject's pictures
minus that of the base's own answers, mean and worst prompt; `drift` is the mean absolute pixel difference
of "a photo of a <class>" with the shift and without. It resumes: rows that the file has are not run again.
"""

import argparse
import csv
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from bench.emoji_base import held_out
from bench.emoji_base.demo_pictures import SCENES as PICTURES
from bench.emoji_base.drawing import draw
from bench.emoji_base.emoji_sets import emoji_set
from bench.emoji_base.sprites import render_set
from demo.similarity import Subject as Likeness
from svdiff_core.base import Base, load_base
from svdiff_core.pictures import to_training_tensor
from svdiff_core.prior import PriorDone, sample_prior
from svdiff_core.recipe import Recipe
from svdiff_core.sampling import SampleDone, SamplingSpec, sample
from svdiff_core.shift import Shift
from svdiff_core.training import Subject, Training

ROOT = Path(__file__).parents[1]
SUBJECTS = ("cat", "fox", "bear")
SCENES = ("on the beach", "in the snow", "in the forest", "in the desert")
SIDE = 320
SEED = 7
PICTURES_A_PROMPT = 4
FIELDS = (
    *("subject", "recipe", "steps", "rate_matrix", "rate_vector", "text_encoder", "prior_weight"),
    *("gain", "worst_gain", "drift", "loss", "seconds_a_step"),
)


@dataclass(frozen=True)
class Case:
    """One held-out animal: its pictures, and what the base makes of its class."""

    word: str
    pictures: tuple[Image.Image, ...]
    prior: Tensor
    answers: dict[str, Tensor]  # (n, 3, H, W) by prompt

    @property
    def class_prompt(self) -> str:
        """What the class is called."""
        return f"a photo of a {self.word}"

    @property
    def instance_prompt(self) -> str:
        """What the subject is called."""
        return f"a photo of a sks {self.word}"


def recipes(plain: Recipe) -> dict[str, Recipe]:
    """The candidates, by a name for the table."""
    return {
        "500 x 0.01, 0.01": replace(plain, steps=500, rate_matrix=0.01, rate_vector=0.01),
        "800 x 0.01, 0.01": replace(plain, steps=800, rate_matrix=0.01, rate_vector=0.01),
        "500 x 0.02, 0.01": replace(plain, steps=500, rate_matrix=0.02, rate_vector=0.01),
        "500 x 0.01, 0.001": replace(plain, steps=500, rate_matrix=0.01, rate_vector=0.001),
        "300 x 0.01, 0.01": replace(plain, steps=300, rate_matrix=0.01, rate_vector=0.01),
        "500 x 0.01, 0.01, UNet only": replace(plain, steps=500, text_encoder=False),
    }


def main() -> None:
    """Run what the table lacks."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--base", type=Path, default=ROOT / "svdiff_core" / "bases" / "emoji")
    parser.add_argument("--work", type=Path, default=ROOT / "build" / "emoji_base", help="where the emoji sets lie")
    parser.add_argument("--factors", type=Path, default=ROOT / "build" / "factors")
    parser.add_argument("--out", type=Path, default=ROOT / "bench" / "results" / "fine_tune_sweep.csv")
    parser.add_argument("--subjects", nargs="+", default=SUBJECTS)
    arguments = parser.parse_args()
    base = load_base(arguments.base, factors_dir=arguments.factors)
    candidates = recipes(Recipe.from_mapping(base.recipe.fine_tune))
    arguments.out.parent.mkdir(parents=True, exist_ok=True)
    done = {(row["subject"], row["recipe"]) for row in read(arguments.out)}
    for word in arguments.subjects:
        case: Case | None = None
        for name, recipe in candidates.items():
            if (word, name) not in done:
                case = case or prepare(base, word, recipe, arguments.work / "downloads")
                append(arguments.out, {"subject": word, "recipe": name} | measure(base, case, recipe))


def prepare(base: Base, word: str, recipe: Recipe, downloads: Path) -> Case:
    """Draw the subject's pictures, and sample the base's answers and priors."""
    sprites = render_set(emoji_set(held_out.SUBJECT_SET), downloads, 2 * SIDE)
    scenes = [replace(scene, things=tuple(replace(t, word=word) for t in scene.things)) for scene in PICTURES]
    pictures = tuple(draw(scene, sprites, SIDE) for scene in scenes)
    prompt = f"a photo of a {word}"
    *_, last = sample_prior(base, prompt, recipe)
    if not isinstance(last, PriorDone):
        raise TypeError("sample_prior ends with PriorDone")
    answers = {text: answer(base, text) for text in (prompt, *(f"{prompt} {scene}" for scene in SCENES))}
    return Case(word, pictures, last.latents, answers)


def measure(base: Base, case: Case, recipe: Recipe) -> dict[str, Any]:
    """Train one shift and compare what it draws."""
    tensors = torch.stack([to_training_tensor(picture, base.recipe.resolution) for picture in case.pictures])
    subject = Subject(tensors, case.instance_prompt, case.class_prompt, "sks", case.word)
    training = Training(base, subject, recipe, SEED, case.prior)
    begun = time.perf_counter()
    losses = [record.loss for record in training.steps()]
    seconds = (time.perf_counter() - begun) / recipe.steps
    gains = list(gain(base, case, training.shift()))
    after = answer(base, case.class_prompt, training.shift())
    row = {name: getattr(recipe, name) for name in FIELDS[2:7]}
    return row | {
        "gain": round(float(np.mean(gains)), 4),
        "worst_gain": round(min(gains), 4),
        "drift": round(float((after - case.answers[case.class_prompt]).abs().mean()), 4),
        "loss": round(float(np.mean(losses[-50:])), 5),
        "seconds_a_step": round(seconds, 3),
    }


def gain(base: Base, case: Case, shift: Shift) -> Iterator[float]:
    """How much nearer to the subject the answers to each scene come."""
    likeness = Likeness(case.pictures)
    for scene in SCENES:
        own = answer(base, f"{case.instance_prompt} {scene}", shift)
        plain = case.answers[f"{case.class_prompt} {scene}"]
        yield mean_likeness(likeness, own) - mean_likeness(likeness, plain)


def mean_likeness(likeness: Likeness, pictures: Tensor) -> float:
    """The mean over pictures (n, 3, H, W) in [0, 1]."""
    arrays = (pictures.permute(0, 2, 3, 1) * 255).round().to(torch.uint8).numpy()
    return float(np.mean([likeness.similarity(Image.fromarray(array)) for array in arrays]))


def answer(base: Base, prompt: str, shift: Shift | None = None) -> Tensor:
    """Pictures (n, 3, H, W) of a prompt from the fixed seeds."""
    recipe = base.recipe.generation
    spec = SamplingSpec(
        prompt, n=PICTURES_A_PROMPT, seed=SEED, steps=recipe.get("steps", 25), guidance=recipe.get("guidance", 4.0)
    )
    *_, last = sample(base, spec, shift)
    if not isinstance(last, SampleDone):
        raise TypeError("sample ends with SampleDone")
    return last.pictures


def read(path: Path) -> Sequence[dict[str, str]]:
    """The rows of the table so far."""
    if not path.exists():
        return []
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


def append(path: Path, row: dict[str, Any]) -> None:
    """Add a row, so that a run that is stopped loses at most the one it was at."""
    new = not path.exists()
    with path.open("a", newline="") as file:
        writer = csv.DictWriter(file, FIELDS)
        if new:
            writer.writeheader()
        writer.writerow(row)
    print(row, flush=True)


if __name__ == "__main__":
    main()
