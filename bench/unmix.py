"""What Cut-Mix and the unmix loss do: two held-out subjects in one shift, with and without each.

    python -m bench.unmix --out bench/results/unmix.csv --grids build/unmix

For each pair and each way to train it at the base's recipe, it writes how the special tokens' attention lies on
stitched pictures, mean over timesteps and the recipe's layers: `other` on the other subject's half, `own` on its own,
and `share`, other / (own + other), which is 0.5 for a token that cannot tell the halves apart. Every way is measured on
the same pictures, noise and prompts. The grids show prompts that were not trained, a row a prompt, a column a seed.
It resumes: rows that the file has are not run again.
"""

import argparse
import csv
import time
from collections.abc import Iterator, Mapping, Sequence
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
from bench.emoji_base.sample_grid import sheet
from bench.emoji_base.sprites import render_set
from svdiff_core.base import Base, load_base
from svdiff_core.cross_attention import recorded
from svdiff_core.lessons import Lessons
from svdiff_core.pictures import to_training_tensor
from svdiff_core.prior import PriorDone, sample_prior
from svdiff_core.recipe import Recipe
from svdiff_core.sampling import SampleDone, SamplingSpec, merged, sample
from svdiff_core.shift import Shift
from svdiff_core.training import Subject, Training
from svdiff_core.unmix import Halves, tokens_halves

ROOT = Path(__file__).parents[1]
PAIRS = ("dog-cat", "dog-penguin")  # a similar and a dissimilar one
TOKENS = ("sks", "zwx")
SIDE = 320  # pixels at which the subjects are drawn
SEED, MEASURING_SEED = 7, 11
BATCHES, BATCH = 8, 16  # stitched pictures that attention is measured on, each at a timestep of its own
COLUMNS = 4
PROMPTS = (
    "a {0} next to a {1}",
    "a photo of a {1} beside a {0} on the beach",
    "a photo of a {0} on the left and a {1} on the right",
    "a {0} and a {1} in the snow",
    "a photo of a {0} in the forest",
    "a photo of a {1} in the forest",
)
FIELDS = (
    *("pair", "way", "steps", "cut_mix_probability", "unmix_weight", "token"),
    *("own", "other", "share", "loss", "seconds_a_step"),
)


@dataclass(frozen=True)
class Pair:
    """Two subjects and what the base makes of their classes."""

    name: str
    subjects: tuple[Subject, ...]
    priors: tuple[Tensor, ...]

    def named(self, prompt: str) -> str:
        """A prompt with the subjects' words in it."""
        return prompt.format(*(f"{subject.token} {subject.class_word}" for subject in self.subjects))


def ways(plain: Recipe, weights: Sequence[float]) -> dict[str, Recipe]:
    """The recipes to compare, by a name for the table; without stitched steps there is nothing to unmix."""
    found = {
        "joint": replace(plain, cut_mix_probability=0.0, unmix_weight=0.0),
        "cut-mix": replace(plain, unmix_weight=0.0),
    }
    return found | {f"cut-mix, unmix {weight:g}": replace(plain, unmix_weight=weight) for weight in weights}


def main() -> None:
    """Run what the table lacks."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--base", type=Path, default=ROOT / "svdiff_core" / "bases" / "emoji")
    parser.add_argument("--work", type=Path, default=ROOT / "build" / "emoji_base", help="where the emoji sets lie")
    parser.add_argument("--factors", type=Path, default=ROOT / "build" / "factors")
    parser.add_argument("--out", type=Path, default=ROOT / "bench" / "results" / "unmix.csv")
    parser.add_argument("--grids", type=Path, default=ROOT / "build" / "unmix", help="where the pictures go")
    parser.add_argument("--pairs", nargs="+", default=PAIRS, help="two nouns of the held-out set each: dog-cat")
    parser.add_argument("--weights", nargs="+", type=float, help="unmix weights; the recipe's where it is absent")
    parser.add_argument("--steps", type=int, help="the recipe's where it is absent")
    arguments = parser.parse_args()
    base = load_base(arguments.base, factors_dir=arguments.factors)
    plain = Recipe.from_mapping(base.recipe.fine_tune)
    plain = replace(plain, steps=arguments.steps or plain.steps)
    done = {(row["pair"], row["way"], row["steps"]) for row in read(arguments.out)}
    arguments.grids.mkdir(parents=True, exist_ok=True)
    for name in arguments.pairs:
        pair: Pair | None = None
        for way, recipe in ways(plain, arguments.weights or [plain.unmix_weight]).items():
            if (name, way, str(recipe.steps)) in done:
                continue
            pair = pair or prepare(base, name, recipe, arguments.work / "downloads")
            facts, shift = trained(base, pair, recipe)
            append(
                arguments.out, [{"pair": name, "way": way} | row | facts for row in measured(base, pair, recipe, shift)]
            )
            grid(base, pair, shift).save(arguments.grids / f"{name} {way} {recipe.steps}.png")


def prepare(base: Base, name: str, recipe: Recipe, downloads: Path) -> Pair:
    """Draw the subjects' pictures, and sample the priors of their classes."""
    sprites = render_set(emoji_set(held_out.SUBJECT_SET), downloads, 2 * SIDE)
    subjects, priors = [], []
    for token, word in zip(TOKENS, name.split("-"), strict=True):
        scenes = [replace(scene, things=tuple(replace(t, word=word) for t in scene.things)) for scene in PICTURES]
        drawn = [to_training_tensor(draw(scene, sprites, SIDE), base.recipe.resolution) for scene in scenes]
        prompt = f"a photo of a {word}"
        subjects.append(Subject(torch.stack(drawn), f"a photo of a {token} {word}", prompt, token, word))
        *_, last = sample_prior(base, prompt, recipe)
        if not isinstance(last, PriorDone):
            raise TypeError("sample_prior ends with PriorDone")
        priors.append(last.latents)
    return Pair(name, tuple(subjects), tuple(priors))


def trained(base: Base, pair: Pair, recipe: Recipe) -> tuple[dict[str, Any], Shift]:
    """Train one shift of both: what the table says of it, and the shift."""
    training = Training(base, pair.subjects, recipe, SEED, pair.priors)
    begun = time.perf_counter()
    losses = [record.instance_loss for record in training.steps()]
    facts = {name: getattr(recipe, name) for name in FIELDS[2:5]}
    facts["loss"] = round(float(np.mean(losses[-50:])), 5)
    facts["seconds_a_step"] = round((time.perf_counter() - begun) / recipe.steps, 3)
    return facts, training.shift()


def measured(base: Base, pair: Pair, recipe: Recipe, shift: Shift) -> list[dict[str, Any]]:
    """A row for each token, and one for both."""
    found = list(attention(base, pair, recipe, shift))
    rows = []
    for token, halves in zip(TOKENS, zip(*found, strict=True), strict=True):
        own, other = (float(np.mean([float(part.mean()) for part in parts])) for parts in _parts(halves))
        rows.append({"token": token, "own": own, "other": other})
    rows.append({"token": "both"} | {part: float(np.mean([row[part] for row in rows])) for part in ("own", "other")})
    for row in rows:
        row["share"] = round(row["other"] / (row["own"] + row["other"]), 4)
        row |= {part: round(row[part], 6) for part in ("own", "other")}
    return rows


def _parts(halves: Sequence[Halves]) -> tuple[list[Tensor], list[Tensor]]:
    return [half.own for half in halves], [half.other for half in halves]


@torch.no_grad()
def attention(base: Base, pair: Pair, recipe: Recipe, shift: Shift) -> Iterator[tuple[Halves, Halves]]:
    """The attention to the first and to the second subject's token on batches of stitched pictures."""
    watching = replace(recipe, cut_mix_probability=1.0, unmix_weight=1.0, batch_size=BATCH)
    lessons = Lessons(base, pair.subjects, watching, MEASURING_SEED, [None] * len(pair.subjects))
    with merged(base, shift):
        for step in range(1, BATCHES + 1):
            lesson = lessons.at(step)
            if lesson.sides is None:
                raise TypeError("every lesson is stitched")
            (prompt,) = lesson.prompts
            states = base.family.encode_prompts([prompt]).expand(BATCH, -1, -1)
            with recorded(base.family.cross_attention(recipe.unmix_layers), BATCH) as recording:
                base.family.denoise(lesson.batch.x, lesson.batch.t, states)
            left, right = tokens_halves(recording.maps(*lesson.batch.x.shape[2:]), lesson.sides)
            yield (left, right) if prompt.index(TOKENS[0]) < prompt.index(TOKENS[1]) else (right, left)


def grid(base: Base, pair: Pair, shift: Shift) -> Image.Image:
    """A row for each prompt, a column for each seed."""
    return sheet([picture for prompt in PROMPTS for picture in answer(base, pair.named(prompt), shift)], COLUMNS)


def answer(base: Base, prompt: str, shift: Shift) -> list[Image.Image]:
    """Pictures of a prompt from the fixed seeds."""
    settings: Mapping[str, Any] = base.recipe.generation
    steps, guidance = settings.get("steps", 25), settings.get("guidance", 4.0)
    *_, last = sample(base, SamplingSpec(prompt, n=COLUMNS, seed=SEED, steps=steps, guidance=guidance), shift)
    if not isinstance(last, SampleDone):
        raise TypeError("sample ends with SampleDone")
    arrays = (last.pictures.permute(0, 2, 3, 1) * 255).round().to(torch.uint8).numpy()
    return [Image.fromarray(array) for array in arrays]


def read(path: Path) -> list[dict[str, str]]:
    """The rows of the table so far."""
    if not path.exists():
        return []
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


def append(path: Path, rows: Sequence[dict[str, Any]]) -> None:
    """Add the rows of one training."""
    path.parent.mkdir(parents=True, exist_ok=True)
    new = not path.exists()
    with path.open("a", newline="") as file:
        writer = csv.DictWriter(file, FIELDS)
        if new:
            writer.writeheader()
        writer.writerows(rows)
    for row in rows:
        print(row, flush=True)


if __name__ == "__main__":
    main()
