"""The batch of each step of a training: one subject's pictures, or two subjects' stitched (Cut-Mix)."""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from svdiff_core.base import Base
from svdiff_core.errors import SubjectsInvalid
from svdiff_core.parameters.recipe import Recipe
from svdiff_core.shift.file import SubjectWords
from svdiff_core.training import stitched_prompts
from svdiff_core.training.cut_mix import Pair, draw_subjects, stitch
from svdiff_core.training.prior_pools import PriorPictures, PriorPools
from svdiff_core.training.rng import derive_seed, draw_indices
from svdiff_core.training.subjects import LatentPictures, NoisyBatch, Subject, add_noise
from svdiff_core.training.unmix import TokenPositions, token_positions

MAX_SUBJECTS = 3


@dataclass(frozen=True)
class TrainingBatch:
    """The batch of a step, the prompts of its equal parts, and for stitched pictures the positions of their tokens.

    The first `batch_size` samples show subjects, the others, if there are any, prior pictures.
    """

    batch: NoisyBatch
    prompts: tuple[str, ...]
    token_positions: TokenPositions | None = None


class TrainingBatches:
    """The batches of a training of one to three subjects; each is drawn from (seed, step) alone.

    Raises:
        SubjectsInvalid: too many, or their words do not tell them apart in a stitched prompt.
    """

    def __init__(
        self, base: Base, subjects: Sequence[Subject], recipe: Recipe, seed: int, priors: Sequence[Tensor | None]
    ) -> None:
        self._base, self._subjects, self._recipe, self._seed = base, subjects, recipe, seed
        self._stitch_probability = recipe.cut_mix_probability if len(subjects) > 1 else 0.0
        check_subjects(subjects)
        self._latents = [LatentPictures(*base.family.encode_pictures(subject.pictures)) for subject in subjects]
        self._pools = [
            None if prior is None else PriorPools(prior, subject.class_prompt, recipe.companions)
            for subject, prior in zip(subjects, priors, strict=True)
        ]
        self._pictures = [subject.pictures.float().cpu() for subject in subjects]
        self._class_pictures = [PriorPictures(base.family, pools.class_latents) for pools in self._pools if pools]
        self._token_positions = self._positions_by_pair() if self.have_unmix_loss else {}

    @property
    def have_unmix_loss(self) -> bool:
        """Whether any step has an unmix loss."""
        return self._stitch_probability > 0 and self._recipe.unmix_weight > 0

    def at(self, step: int) -> TrainingBatch:
        """The batch of a step, counted from 1."""
        n = len(self._subjects)
        subjects = draw_subjects(n, self._stitch_probability, self._seed, step) if n > 1 else 0
        return self._stitched_batch(subjects, step) if isinstance(subjects, Pair) else self._batch_of(subjects, step)

    def _batch_of(self, subject: int, step: int) -> TrainingBatch:
        """One subject and its own prior, drawn as if it were the only one."""
        prompts: tuple[str, ...] = (self._subjects[subject].instance_prompt,)
        prior, pools = None, self._pools[subject]
        if pools:
            prompt, prior = pools.draw(self._seed, step)
            prompts += (prompt,)
        ddim, b = self._base.family.ddim, self._recipe.batch_size
        return TrainingBatch(self._latents[subject].draw_batch(ddim, b, self._seed, step, prior), prompts)

    def _stitched_batch(self, pair: Pair, step: int) -> TrainingBatch:
        """Pictures of two subjects side by side, and, where there is a prior, of their classes too."""
        generator = torch.Generator("cpu").manual_seed(derive_seed(self._seed, step))
        pictures = self._stitch(self._pictures, pair, generator)
        prompts = [self._prompt(pair).text]
        if self._class_pictures:
            pictures = torch.cat([pictures, self._stitch(self._class_pictures, pair, generator)])
            prompts.append(stitched_prompts.stitched_class_prompt(*self._words(pair)))
        mean, std = self._base.family.encode_pictures(pictures)
        x0 = mean + std * torch.randn(mean.shape, generator=generator).to(mean.device)
        batch = add_noise(x0, self._base.family.ddim, generator)
        return TrainingBatch(batch, tuple(prompts), self._token_positions.get(pair))

    def _stitch(
        self, sources: Sequence[Tensor] | Sequence[PriorPictures], pair: Pair, generator: torch.Generator
    ) -> Tensor:
        """batch_size stitched pictures (b, 3, H, W) in [-1, 1] of the pair's own sources."""
        b = self._recipe.batch_size
        left, right = (sources[i][draw_indices(len(sources[i]), b, generator)] for i in (pair.left, pair.right))
        return stitch(left, right, generator, self._recipe.cut_mix_min_scale)

    def _words(self, pair: Pair) -> tuple[SubjectWords, SubjectWords]:
        return self._subjects[pair.left].words, self._subjects[pair.right].words

    def _prompt(self, pair: Pair) -> stitched_prompts.StitchedPrompt:
        return stitched_prompts.stitched_instance_prompt(*self._words(pair), name_sides=pair.name_sides)

    def _positions_by_pair(self) -> dict[Pair, TokenPositions]:
        """Of every pair that can be drawn: what is wrong with a prompt is raised before the first step."""
        n = range(len(self._subjects))
        pairs = [Pair(i, j, name_sides) for i in n for j in n if i != j for name_sides in (True, False)]
        return {pair: token_positions(self._base.family, self._prompt(pair), *self._words(pair)) for pair in pairs}


def check_subjects(subjects: Sequence[Subject]) -> None:
    """Raise SubjectsInvalid unless there are one to three, and several have different tokens."""
    if not 1 <= len(subjects) <= MAX_SUBJECTS:
        raise SubjectsInvalid(f"a training takes one to {MAX_SUBJECTS}, not {len(subjects)}")
    tokens = [subject.token.lower() for subject in subjects]
    if len(subjects) > 1 and (not all(tokens) or len(set(tokens)) < len(tokens)):
        raise SubjectsInvalid("each needs a token of its own")
