"""Single-subject training with prior preservation (eq. 3), as a generator of steps."""

import math
import time
from collections.abc import Generator
from contextlib import ExitStack
from dataclasses import dataclass

import torch
from torch import Tensor

from svdiff_core.base import Base
from svdiff_core.errors import MethodUnavailable, RecipeInvalid, StateMismatch, TrainingDiverged
from svdiff_core.optimizer import Optimizer
from svdiff_core.recipe import Recipe
from svdiff_core.shift import Shift
from svdiff_core.spaces.space import Tuning
from svdiff_core.subject import LatentPictures, NoisyBatch, Subject
from svdiff_core.training_state import TrainingState, digest_of
from svdiff_core.tuned import Tuned, result_of, space_of

__all__ = ["Recipe", "StepRecord", "Subject", "Training", "TrainingState"]


@dataclass(frozen=True)
class StepRecord:
    """One finished step, counted from 1. `dead_share` is that of the denoiser's σ with σ + δ < 0."""

    step: int
    steps: int
    loss: float
    instance_loss: float
    prior_loss: float
    dead_share: float
    seconds: float


class Training:
    """A fine-tune: iterate `steps()`; ask for `state()` and `shift()` between steps or after.

    The base carries the factored form while `steps()` runs, and is itself again once that generator ends
    or is closed. The randomness of a step derives from (seed, step) alone, so a training resumed from
    any state goes on bit for bit.
    """

    def __init__(
        self,
        base: Base,
        subject: Subject,
        recipe: Recipe,
        seed: int,
        prior_latents: Tensor | None = None,
        state: TrainingState | None = None,
    ) -> None:
        if recipe.prior_weight > 0 and prior_latents is None:
            raise RecipeInvalid("prior_weight", "is above 0, but there are no prior latents")
        prior = prior_latents.to(base.device) if prior_latents is not None and recipe.prior_weight > 0 else None
        self._base, self._subject, self._recipe, self._seed = base, subject, recipe, seed
        self._digest = digest_of(base, subject, recipe, seed, prior)
        self._pictures = LatentPictures(*base.family.encode_pictures(subject.pictures), prior)
        prompts = [subject.instance_prompt] if prior is None else [subject.instance_prompt, subject.class_prompt]
        self._ids = base.family.tokenize(prompts)
        self._states: Tensor | None = None  # of the text encoder, where it is not trained
        self._handles = self._tunings()
        self._optimizer = Optimizer(self._handles, recipe)
        self._step = 0
        if state is not None:
            self._resume(state)

    def steps(self) -> Generator[StepRecord, None, None]:
        """Train from the current step to the recipe's last.

        Raises:
            TrainingDiverged: the loss or its gradient is not finite; δ and moments are those of the last good step.
        """
        with ExitStack() as stack:
            for handle in self._handles.values():
                handle.attach()
                stack.callback(handle.detach)
            while self._step < self._recipe.steps:
                yield self._advance(self._step + 1)

    def state(self) -> TrainingState:
        """What is needed to go on from here, copied."""
        return TrainingState(self._step, self._digest, self._optimizer.tensors())

    def shift(self) -> Shift:
        """δ as it is now, with what it belongs to; MethodUnavailable where another space is trained."""
        result = self.result()
        if not isinstance(result, Shift):
            raise MethodUnavailable(self._recipe.method, "it trains no shift")
        return result

    def result(self) -> Shift | Tuned:
        """What was learned so far, copied: a shift, or the tensors of another space."""
        tensors = {
            f"{part}.{name}": tensor
            for part, handle in self._handles.items()
            for name, tensor in handle.tensors().items()
        }
        recipe = {"seed": self._seed, **self._recipe.to_mapping()}
        return result_of(self._recipe.method, tensors, self._base.fingerprint, (self._subject.words,), recipe)

    def _tunings(self) -> dict[str, Tuning]:
        """What is trained in each part that has anything to train."""
        space = space_of(self._recipe)
        wanted = {
            name: space.open(module, self._base.factors.part(name), self._seed)
            for name, module in self._base.family.parts.items()
            if name != "text_encoder" or self._recipe.text_encoder
        }
        return {name: tuning for name, tuning in wanted.items() if tuning.groups().all}

    def _advance(self, step: int) -> StepRecord:
        """One step; nothing changes unless loss and gradient are finite."""
        began = time.perf_counter()
        b = self._recipe.batch_size
        self._optimizer.zero_grad()
        errors = self._errors(self._pictures.draw(self._base.family.ddim, b, self._seed, step))  # (B,)
        instance_loss = errors[:b].mean()
        prior_loss = errors[b:].mean() if len(errors) > b else torch.zeros_like(instance_loss)
        loss = instance_loss + self._recipe.prior_weight * prior_loss  # eq. 3
        if not math.isfinite(float(loss.detach())):
            raise TrainingDiverged(step)
        loss.backward()  # type: ignore[no-untyped-call]
        if not math.isfinite(self._optimizer.gradient_norm()):
            raise TrainingDiverged(step)
        self._optimizer.step()
        self._step = step
        return StepRecord(
            step=step,
            steps=self._recipe.steps,
            loss=float(loss.detach()),
            instance_loss=float(instance_loss.detach()),
            prior_loss=float(prior_loss.detach()),
            dead_share=self._handles["unet"].dead_share(),
            seconds=time.perf_counter() - began,
        )

    def _errors(self, batch: NoisyBatch) -> Tensor:
        """Mean squared error of every sample, (B,)."""
        output = self._base.family.denoise(batch.x, batch.t, self._text_states())
        return (output - batch.target).square().flatten(1).mean(1)

    def _text_states(self) -> Tensor:
        """(B, L, d): each prompt is encoded once and repeated for its part of the batch."""
        if "text_encoder" in self._handles:
            states = self._base.family.encode_tokens(self._ids)
        else:
            states = self._frozen_states()
        return states.repeat_interleave(self._recipe.batch_size, dim=0)

    def _frozen_states(self) -> Tensor:
        """The untrained text encoder's states, encoded once for the whole training."""
        if self._states is None:
            with torch.no_grad():
                self._states = self._base.family.encode_tokens(self._ids)
        return self._states

    def _resume(self, state: TrainingState) -> None:
        if state.digest != self._digest:
            raise StateMismatch("it belongs to another base, recipe, seed, subject or prior")
        self._optimizer.restore(state.tensors, state.step)
        self._step = state.step
