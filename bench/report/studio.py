"""What every experiment of the report works with: base, judge, held-out subjects, priors, and what was learned."""

import hashlib
import json
import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from functools import cached_property
from pathlib import Path

import torch
from PIL import Image
from torch import Tensor

from svdiff_core.base import Base, load_base
from svdiff_core.emoji.evaluation.personalization import training_pictures
from svdiff_core.emoji.evaluation.prompts import with_article
from svdiff_core.emoji.evaluation.renders import Renders, load_renders
from svdiff_core.emoji.evaluation.sampling import SamplingSettings, sample_pictures
from svdiff_core.emoji.judge import Judge, load_judge
from svdiff_core.parameters.methods import SHIFTS
from svdiff_core.parameters.recipe import Recipe
from svdiff_core.shift import file
from svdiff_core.shift.file import Shift
from svdiff_core.spaces import adapter
from svdiff_core.spaces.adapter import Adapter
from svdiff_core.training import prior
from svdiff_core.training.loop import Training
from svdiff_core.training.subjects import Subject

ROOT = Path(__file__).parents[2]
RESULTS = ROOT / "bench" / "results" / "report"
REPORT = ROOT / "docs" / "report"
SEED = 7
TOKENS = ("sks", "zwx")
PLACES = ("beach", "snow", "forest", "desert", "night", "underwater", "space")  # on none of the subjects' own pictures

Learned = Adapter


@dataclass(frozen=True)
class Drawing:
    """How something learned is drawn: after which share of the steps it begins, and the guidance, if not the base's."""

    start: float = 0.0
    guidance: float | None = None


AS_BASE = Drawing()


@dataclass(frozen=True)
class Checkpoint:
    """What a training had learned after some steps."""

    steps: int
    learned: Learned


class Studio:
    """One process's own; everything is computed on as many threads as torch has."""

    def __init__(self, build: Path, base: Path) -> None:
        self.build = build / "report"
        self.base: Base = load_base(base, factors_dir=build / "factors")
        self.judge: Judge = load_judge()
        self.renders: Renders = load_renders()
        self.recipe = Recipe.from_mapping(self.base.recipe.fine_tune)

    @cached_property
    def settings(self) -> SamplingSettings:
        """How the base draws."""
        return SamplingSettings(self.base.recipe.generation["steps"], self.base.recipe.generation["guidance"], SEED)

    def references(self, word: str) -> Tensor:
        """A subject's own pictures, (m, 3, 64, 64) in [0, 1]."""
        return self.renders.subjects.of(word)

    def subject(self, word: str, token: str = TOKENS[0], class_word: str | None = None) -> Subject:
        """A held-out subject as a training takes it, under another class word if one is given."""
        named = class_word or word
        pictures = training_pictures(self.references(word), self.base.recipe.resolution)
        return Subject(pictures, f"a photo of a {token} {named}", f"a photo of {with_article(named)}", token, named)

    def prior_of(self, class_prompt: str, recipe: Recipe) -> Tensor:
        """The prior latents of a class as the recipe asks for them, made once for all experiments."""
        path = self.build / "priors" / f"{prior.prior_key(self.base, class_prompt, recipe)}.safetensors"
        if path.exists():
            return prior.load(path.read_bytes())
        *_, last = prior.sample_prior(self.base, class_prompt, recipe)
        if not isinstance(last, prior.PriorDone):
            raise TypeError("sample_prior ends with PriorDone")
        written(path, prior.dump(last.latents))
        return last.latents

    def train(
        self, name: str, subjects: Sequence[Subject], recipe: Recipe, at: Sequence[int] = (), seed: int = SEED
    ) -> Iterator[Checkpoint]:
        """What was learned at these steps, by default at the last: trained once, and kept under the name."""
        stops = at or (recipe.steps,)
        paths = {stop: self.kept(name, subjects, replace(recipe, steps=stop), seed) for stop in stops}
        if all(path.exists() for path in paths.values()):
            load: Callable[[bytes], Learned] = file.load if recipe.method in SHIFTS else adapter.load_tensor_adapter
            yield from (Checkpoint(stop, load(path.read_bytes())) for stop, path in paths.items())
            return
        priors = [self.prior_of(one.class_prompt, recipe) for one in subjects] if recipe.prior_loss_weight > 0 else None
        training = Training(self.base, subjects, recipe, seed, priors)
        for stop in stops:
            steps = training.steps()
            next(record for record in steps if record.step == stop)
            steps.close()  # the base is itself again: it can draw
            learned = training.adapter(steps=stop)
            written(paths[stop], adapter.dump_adapter(learned))
            yield Checkpoint(stop, learned)

    def kept(self, name: str, subjects: Sequence[Subject], recipe: Recipe, seed: int) -> Path:
        """Where the result of a training is, named by what it depends on too; no schedule depends on its length."""
        facts = [self.base.fingerprint, recipe.to_mapping(), seed, [asdict(one.words) for one in subjects]]
        digest = hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()[:8]
        return self.build / "learned" / f"{name} {digest}.safetensors"

    def learned(self, name: str, subjects: Sequence[Subject], recipe: Recipe, seed: int = SEED) -> Learned:
        """What this training gives."""
        *_, last = self.train(name, subjects, recipe, seed=seed)
        return last.learned

    def sample(
        self, prompts: Sequence[str], learned: Learned | None, seed: int = SEED, drawing: Drawing = AS_BASE
    ) -> Tensor:
        """A picture of each prompt, (n, 3, H, W) in [0, 1]; prompt i from seed + i."""
        guidance = self.settings.guidance if drawing.guidance is None else drawing.guidance
        settings = replace(self.settings, seed=seed, shift_start=drawing.start, guidance=guidance)
        return sample_pictures(self.base, prompts, settings, learned)

    def image_alignment(self, pictures: Tensor, word: str) -> float:
        """Mean over pictures of how much of the subject is in them."""
        return float(self.judge.subject_alignment(pictures, self.references(word)).mean())

    def text_alignment(self, pictures: Tensor, prompts: Sequence[str]) -> float:
        """Mean over pictures of how well they fit their prompts."""
        return float(self.judge.text_alignment(pictures, prompts).mean())

    def prompts(self, thing: str) -> list[str]:
        """Eight prompts of "a sks dog" or "a dog": seven places, and another thing beside it."""
        return [f"a photo of {thing} {self.renders.scene_phrases[place]}" for place in PLACES] + [
            f"a photo of {thing} next to a tree"
        ]


def as_shift(learned: Learned) -> Shift:
    """The same, known to be a shift."""
    if not isinstance(learned, Shift):
        raise TypeError("expected a shift")
    return learned


def written(path: Path, data: bytes) -> None:
    """Write a file whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_suffix(f".{os.getpid()}")
    partial.write_bytes(data)
    partial.replace(path)


def save_strip(name: str, pictures: Tensor) -> None:
    """Keep pictures (n, 3, H, W) in [0, 1] side by side, for the page."""
    array = (pictures.permute(2, 0, 3, 1).flatten(1, 2) * 255).round().to(torch.uint8).numpy()
    path = RESULTS / "pictures" / f"{name}.webp"
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(array).save(path, lossless=False, quality=92, method=6)
