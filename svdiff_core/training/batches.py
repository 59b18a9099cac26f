"""What each step of a training shows: one subject's pictures, or two subjects' stitched (Cut-Mix)."""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from svdiff_core.base import Base
from svdiff_core.errors import SubjectsInvalid
from svdiff_core.parameters.recipe import Recipe
from svdiff_core.shift.file import SubjectWords
from svdiff_core.training import stitched_prompts
from svdiff_core.training.cut_mix import Pair, choose_subjects, stitch
from svdiff_core.training.prior_pools import PriorPictures, PriorPools
from svdiff_core.training.rng import choose, derive_seed
from svdiff_core.training.subjects import LatentPictures, NoisyBatch, Subject, add_noise
from svdiff_core.training.unmix import TokenPositions, token_positions

MAX_SUBJECTS = 3


@dataclass(frozen=True)
class TrainingBatch:
    """The batch of a step, the prompts of its equal parts, and where special tokens must not look.

    The first `batch_size` samples show subjects, the others, if there are any, prior pictures.
    """

    batch: NoisyBatch
    prompts: tuple[str, ...]
    sides: TokenPositions | None = None


class TrainingBatches:
    """The lessons of a training of one to three subjects: lesson and draws of a step derive from (seed, step) alone.

    Raises:
        SubjectsInvalid: too many, or their words do not tell them apart in a stitched prompt.
    """

    def __init__(
        self, base: Base, subjects: Sequence[Subject], recipe: Recipe, seed: int, priors: Sequence[Tensor | None]
    ) -> None:
        self._base, self._subjects, self._recipe, self._seed = base, subjects, recipe, seed
        self._p = recipe.cut_mix_probability if len(subjects) > 1 else 0.0
        check_subjects(subjects)
        self._latents = [LatentPictures(*base.family.encode_pictures(subject.pictures)) for subject in subjects]
        self._shelves = [
            None if prior is None else PriorPools(prior, subject.class_prompt, recipe.companions)
            for subject, prior in zip(subjects, priors, strict=True)
        ]
        self._pictures = [subject.pictures.float().cpu() for subject in subjects]
        self._priors = [PriorPictures(base.family, shelves.plain) for shelves in self._shelves if shelves]
        self._sides = dict(self._all_sides()) if self.unmixes else {}

    @property
    def unmixes(self) -> bool:
        """Whether any lesson has an unmix loss."""
        return self._p > 0 and self._recipe.unmix_weight > 0

    def at(self, step: int) -> TrainingBatch:
        """The lesson of a step, counted from 1."""
        n = len(self._subjects)
        what = choose_subjects(n, self._p, self._seed, step) if n > 1 else 0
        return self._stitched(what, step) if isinstance(what, Pair) else self._ordinary(what, step)

    def _ordinary(self, number: int, step: int) -> TrainingBatch:
        """One subject and its own prior, drawn as if it were the only one."""
        prompts: tuple[str, ...] = (self._subjects[number].instance_prompt,)
        prior, shelves = None, self._shelves[number]
        if shelves:
            prompt, prior = shelves.drawn(self._seed, step)
            prompts += (prompt,)
        ddim, b = self._base.family.ddim, self._recipe.batch_size
        return TrainingBatch(self._latents[number].draw(ddim, b, self._seed, step, prior), prompts)

    def _stitched(self, pair: Pair, step: int) -> TrainingBatch:
        """Pictures of two subjects side by side, and, where there is a prior, of their classes too."""
        generator = torch.Generator("cpu").manual_seed(derive_seed(self._seed, step))
        pictures = self._halves(self._pictures, pair, generator)
        prompts = [self._prompt(pair).text]
        if self._priors:
            pictures = torch.cat([pictures, self._halves(self._priors, pair, generator)])
            prompts.append(stitched_prompts.stitched_class_prompt(*self._words(pair)))
        mean, std = self._base.family.encode_pictures(pictures)
        x0 = mean + std * torch.randn(mean.shape, generator=generator).to(mean.device)
        return TrainingBatch(add_noise(x0, self._base.family.ddim, generator), tuple(prompts), self._sides.get(pair))

    def _halves(
        self, sources: Sequence[Tensor] | Sequence[PriorPictures], pair: Pair, generator: torch.Generator
    ) -> Tensor:
        """batch_size stitched pictures (b, 3, H, W) in [-1, 1] of the pair's own sources."""
        b = self._recipe.batch_size
        left, right = (sources[i][choose(len(sources[i]), b, generator)] for i in (pair.left, pair.right))
        return stitch(left, right, generator, self._recipe.cut_mix_min_scale)

    def _words(self, pair: Pair) -> tuple[SubjectWords, SubjectWords]:
        return self._subjects[pair.left].words, self._subjects[pair.right].words

    def _prompt(self, pair: Pair) -> stitched_prompts.StitchedPrompt:
        return stitched_prompts.stitched_instance_prompt(*self._words(pair), placed=pair.placed)

    def _all_sides(self) -> list[tuple[Pair, TokenPositions]]:
        """Of every pair that can be drawn: what is wrong with a prompt is known before the first step."""
        n = range(len(self._subjects))
        pairs = [Pair(i, j, placed) for i in n for j in n if i != j for placed in (True, False)]
        return [(pair, token_positions(self._base.family, self._prompt(pair), *self._words(pair))) for pair in pairs]


def check_subjects(subjects: Sequence[Subject]) -> None:
    """Raise SubjectsInvalid unless there are one to three, and several have different tokens."""
    if not 1 <= len(subjects) <= MAX_SUBJECTS:
        raise SubjectsInvalid(f"a training takes one to {MAX_SUBJECTS}, not {len(subjects)}")
    tokens = [subject.token.lower() for subject in subjects]
    if len(subjects) > 1 and (not all(tokens) or len(set(tokens)) < len(tokens)):
        raise SubjectsInvalid("each needs a token of its own")
