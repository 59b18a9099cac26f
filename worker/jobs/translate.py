"""The service's words in svdiff_core's: specs to recipes and samplings, and core errors to a job's error."""

from collections.abc import Sequence
from typing import Any

from torch import Tensor

from service.jobs.specs import (
    EarlyStoppingSpec,
    EditSpec,
    FineTuneSpec,
    GenerationSpec,
    ShiftSelectionSpec,
    SubjectSpec,
)
from svdiff_core.base import Base
from svdiff_core.parameters.recipe import Recipe
from svdiff_core.sampling.editing import EditingSpec
from svdiff_core.sampling.sampler import SamplingSpec
from svdiff_core.shift.algebra import add, interpolate
from svdiff_core.shift.file import WHOLE, Shift, check_base
from svdiff_core.shift.selection import ShiftSelection, select
from svdiff_core.training.loop import Subject
from svdiff_core.training.stop_rule import StopRule


def recipe(spec: FineTuneSpec) -> Recipe:
    """How the shift is trained."""
    own: dict[str, Any] = {"rank": spec.rank, "band": spec.band, "subset": spec.subset}
    return Recipe(
        steps=spec.steps,
        batch_size=spec.batch_size,
        learning_rate=spec.learning_rate,
        learning_rate_1d=spec.learning_rate_1d,
        text_encoder=spec.text_encoder,
        text_encoder_learning_rate_scale=spec.text_encoder_learning_rate_scale,
        max_grad_norm=spec.max_grad_norm,
        ema_decay=spec.ema_decay,
        prior_loss_weight=spec.prior_loss_weight,
        prior_count=spec.prior_count,
        prior_steps=spec.prior_steps,
        prior_guidance=spec.prior_guidance,
        prior_companions=spec.prior_companions,
        method=spec.method,
        cut_mix_probability=spec.cut_mix_probability,
        cut_mix_min_scale=spec.cut_mix_min_scale,
        unmix_weight=spec.unmix_weight,
        unmix_layers=spec.unmix_layers,
        **{name: value for name, value in own.items() if value is not None},
    )


def stop_rule(spec: EarlyStoppingSpec) -> StopRule:
    """When the training ends early."""
    return StopRule(spec.every, spec.patience, spec.min_delta, spec.text_weight)


def subject(spec: SubjectSpec, pictures: Tensor) -> Subject:
    """The subject with its pictures (n, 3, H, W) in [-1, 1]."""
    return Subject(
        pictures=pictures,
        instance_prompt=spec.instance_prompt,
        class_prompt=spec.class_prompt,
        token=spec.token or "",
        class_word=spec.class_word or "",
    )


def sampling(spec: GenerationSpec) -> SamplingSpec:
    """How the pictures are sampled."""
    return SamplingSpec(
        prompt=spec.prompt,
        negative_prompt=spec.negative_prompt,
        n=spec.n,
        seed=spec.seed,
        steps=spec.steps,
        guidance=spec.guidance,
        eta=spec.eta,
        shift_start=spec.shift_start,
        width=spec.width,
        height=spec.height,
    )


def editing(spec: EditSpec) -> EditingSpec:
    """How the picture is edited."""
    return EditingSpec(
        prompts=spec.prompts,
        negative_prompt=spec.negative_prompt,
        seed=spec.seed,
        steps=spec.steps,
        guidance=spec.guidance,
        eta=spec.eta,
        inversion=spec.inversion,
        slerp=spec.slerp,
        refinements=spec.refinements,
    )


def combine_shifts(spec: GenerationSpec, shifts: Sequence[Shift], base: Base) -> Shift | None:
    """The one shift that what is used of the request's shifts amounts to: eq. 4, or eq. 5 of two."""
    weights = [asked.weight for asked in spec.shifts]
    if not shifts:
        return None
    used = [select_part(asked, shift, base) for asked, shift in zip(spec.shifts, shifts, strict=True)]
    if spec.mode == "interpolate":
        return interpolate(used[0], used[1], weights[0])
    return add(list(zip(used, weights, strict=True)))


def select_part(asked: ShiftSelectionSpec, shift: Shift, base: Base) -> Shift:
    """What the request uses of a shift; all of it, unless it says otherwise."""
    portion = ShiftSelection(asked.subset or WHOLE, asked.layers, asked.blocks or {}, asked.rank_limit)
    if portion == ShiftSelection():
        return shift
    check_base(shift, base.fingerprint)
    return select(shift, portion, base.shapes, base.recipe.geometry_layers)
