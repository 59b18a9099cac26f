"""Training of one to three subjects with prior preservation (eq. 3), as a generator of steps."""

import math
import time
from collections.abc import Generator, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass

import torch
from torch import Tensor

from svdiff_core.base import Base
from svdiff_core.errors import MethodUnavailable, RecipeInvalid, StateMismatch, TrainingDiverged
from svdiff_core.families.cross_attention import CrossAttention, record_attention
from svdiff_core.parameters.recipe import Recipe
from svdiff_core.shift.file import Scalar, Shift
from svdiff_core.spaces.adapter import Adapter, make_adapter, space_of
from svdiff_core.spaces.space import TunedModule
from svdiff_core.training.batches import TrainingBatch, TrainingBatches
from svdiff_core.training.optimizer import Optimizer
from svdiff_core.training.state import TrainingState, training_digest
from svdiff_core.training.subjects import Subject
from svdiff_core.training.unmix import unmix_loss


@dataclass(frozen=True)
class StepRecord:
    """One finished step, counted from 1. `clipped_fraction` is the fraction of the denoiser's σ with σ + δ < 0.

    `unmix_loss` is 0 in a step without stitched pictures.
    """

    step: int
    steps: int
    loss: float
    instance_loss: float
    prior_loss: float
    clipped_fraction: float
    seconds: float
    unmix_loss: float = 0.0


class Training:
    """A fine-tune: iterate `steps()`; call `state()` and `adapter()` between steps or after.

    Several subjects are learned jointly (method of Cut-Mix-Unmix): one or two are drawn for each step, and prior
    latents are one tensor a subject, in their order.

    The base runs with the trained tensors while `steps()` runs, and is itself again once that generator ends
    or is closed. The randomness of a step derives from (seed, step) alone, so a training resumed from
    any state goes on bit for bit.
    """

    def __init__(
        self,
        base: Base,
        subjects: Subject | Sequence[Subject],
        recipe: Recipe,
        seed: int,
        prior_latents: Tensor | Sequence[Tensor] | None = None,
        state: TrainingState | None = None,
    ) -> None:
        if recipe.prior_loss_weight > 0 and prior_latents is None:
            raise RecipeInvalid("prior_loss_weight", "is above 0, but there are no prior latents")
        self._subjects = (subjects,) if isinstance(subjects, Subject) else tuple(subjects)
        self._base, self._recipe, self._seed = base, recipe, seed
        priors = _priors(prior_latents if recipe.prior_loss_weight > 0 else None, len(self._subjects), base.device)
        self._digest = training_digest(base, self._subjects, recipe, seed, priors)
        self._batches = TrainingBatches(base, self._subjects, recipe, seed, priors)
        self._cross_attention = self._unmix_layers()
        self._ids: dict[tuple[str, ...], Tensor] = {}  # by the prompts of a batch: there are few
        self._states: dict[tuple[str, ...], Tensor] = {}  # of the text encoder, where it is not trained
        self._modules = self._tuned_modules()
        self._optimizer = Optimizer(self._modules, recipe)
        self._step = 0
        if state is not None:
            self._resume(state)

    def steps(self) -> Generator[StepRecord, None, None]:
        """Train from the current step to the recipe's last.

        Raises:
            TrainingDiverged: the loss or its gradient is not finite; δ and moments are those of the last good step.
        """
        with self.attach():
            self._cross_attention = self._unmix_layers()  # once more: a space may put its own modules in their places
            while self._step < self._recipe.steps:
                yield self._advance(self._step + 1)

    @contextmanager
    def attach(self) -> Iterator[None]:
        """Let the base run with the trained tensors, as `steps()` does while it runs; not at the same time."""
        with ExitStack() as stack:
            for module in self._modules.values():
                module.attach()
                stack.callback(module.detach)
            yield

    def state(self) -> TrainingState:
        """What is needed to go on from here, copied."""
        return TrainingState(self._step, self._digest, self._optimizer.tensors())

    def shift(self) -> Shift:
        """The adapter, where it is a shift; MethodUnavailable where another space is trained."""
        adapter = self.adapter()
        if not isinstance(adapter, Shift):
            raise MethodUnavailable(self._recipe.method, "it trains no shift")
        return adapter

    def adapter(self, tensors: Mapping[str, Tensor] | None = None, **facts: Scalar) -> Adapter:
        """The adapter as it is now, copied.

        Given what `tensors()` was after another step, the adapter of that step. `facts` are added to its recipe.
        """
        current = self.tensors() if tensors is None else tensors
        recipe = {"seed": self._seed, **self._recipe.to_mapping(), **facts}
        words = tuple(subject.words for subject in self._subjects)
        return make_adapter(self._recipe.method, current, self._base.fingerprint, words, recipe)

    def tensors(self) -> dict[str, Tensor]:
        """The adapter's tensors by part and name as they are now; maybe views that the next step changes."""
        with self.with_averages():
            return {
                f"{part}.{name}": tensor
                for part, module in self._modules.items()
                for name, tensor in module.tensors().items()
            }

    def with_averages(self) -> AbstractContextManager[None]:
        """Let the trained tensors be those of the adapter (averages, if there are any), to sample between steps."""
        return self._optimizer.with_averages()

    @property
    def step(self) -> int:
        """How many steps are done."""
        return self._step

    @property
    def last_step(self) -> int:
        """The number of steps of the recipe."""
        return self._recipe.steps

    @property
    def base(self) -> Base:
        """The base that is fine-tuned."""
        return self._base

    @property
    def subjects(self) -> tuple[Subject, ...]:
        """The subjects, in their order."""
        return self._subjects

    def _unmix_layers(self) -> Sequence[CrossAttention]:
        """The layers whose attention the unmix loss reads, if there is one."""
        return self._base.family.cross_attention(self._recipe.unmix_layers) if self._batches.have_unmix_loss else ()

    def _tuned_modules(self) -> dict[str, TunedModule]:
        """The parts that have anything to train, with their trained tensors."""
        space = space_of(self._recipe)
        modules = {
            name: space.open(module, self._base.factors.part(name), self._seed)
            for name, module in self._base.family.parts.items()
            if name != "text_encoder" or self._recipe.text_encoder
        }
        trainable = {name: module for name, module in modules.items() if module.groups().all}
        if not trainable:
            raise RecipeInvalid("subset", f"is {self._recipe.subset!r}, of which the base has no layer")
        return trainable

    def _advance(self, step: int) -> StepRecord:
        """One step; nothing changes unless loss and gradient are finite."""
        began = time.perf_counter()
        b = self._recipe.batch_size
        self._optimizer.zero_grad()
        errors, unmixing = self._errors(self._batches.at(step))  # (B,), ()
        instance_loss = errors[:b].mean()
        prior_loss = errors[b:].mean() if len(errors) > b else torch.zeros_like(instance_loss)
        loss = (
            instance_loss + self._recipe.prior_loss_weight * prior_loss + self._recipe.unmix_weight * unmixing
        )  # eq. 3
        if not math.isfinite(float(loss.detach())):
            raise TrainingDiverged(step)
        loss.backward()
        if not math.isfinite(self._optimizer.clip_gradient()):
            raise TrainingDiverged(step)
        self._optimizer.step(step)
        self._step = step
        return StepRecord(
            step=step,
            steps=self._recipe.steps,
            loss=float(loss.detach()),
            instance_loss=float(instance_loss.detach()),
            prior_loss=float(prior_loss.detach()),
            clipped_fraction=self._modules["unet"].clipped_fraction() if "unet" in self._modules else 0.0,
            seconds=time.perf_counter() - began,
            unmix_loss=float(unmixing.detach()),
        )

    def _errors(self, training_batch: TrainingBatch) -> tuple[Tensor, Tensor]:
        """Mean squared error of every sample, (B,), and the unmix loss, ()."""
        batch, positions = training_batch.batch, training_batch.token_positions
        with record_attention(self._cross_attention if positions else (), self._recipe.batch_size) as recording:
            output = self._base.family.denoise(batch.x, batch.t, self._text_states(training_batch.prompts))
        errors = (output - batch.target).square().flatten(1).mean(1)
        if positions is None:
            return errors, torch.zeros_like(errors[0])
        h, w = batch.x.shape[2:]
        return errors, unmix_loss(recording.maps(h, w), positions)

    def _text_states(self, prompts: tuple[str, ...]) -> Tensor:
        """(B, L, d): each prompt is encoded once and repeated for its part of the batch."""
        if prompts not in self._ids:
            self._ids[prompts] = self._base.family.tokenize(prompts)
        if "text_encoder" in self._modules:
            states = self._base.family.encode_tokens(self._ids[prompts])
        else:
            states = self._frozen_states(prompts)
        return states.repeat_interleave(self._recipe.batch_size, dim=0)

    def _frozen_states(self, prompts: tuple[str, ...]) -> Tensor:
        """The untrained text encoder's states, encoded once for the whole training."""
        if prompts not in self._states:
            with torch.no_grad():
                self._states[prompts] = self._base.family.encode_tokens(self._ids[prompts])
        return self._states[prompts]

    def _resume(self, state: TrainingState) -> None:
        if state.digest != self._digest:
            raise StateMismatch("it belongs to another base, recipe, seed, subject or prior")
        self._optimizer.restore(state.tensors, state.step)
        self._step = state.step


def _priors(latents: Tensor | Sequence[Tensor] | None, n: int, device: torch.device) -> list[Tensor | None]:
    """The prior latents of each of n subjects, on the device."""
    if latents is None:
        return [None] * n
    priors = [latents] if isinstance(latents, Tensor) else list(latents)
    if len(priors) != n:
        raise RecipeInvalid(
            "prior_loss_weight", f"is above 0, but there are prior latents for {len(priors)} of {n} subjects"
        )
    return [prior.to(device) for prior in priors]
