"""The service's words in svdiff_core's: specs to recipes and samplings, and core errors to a job's error."""

from collections.abc import Sequence

from torch import Tensor

from service.jobs.specs import (
    GenerationSpec,
    SelectedShift,
    SubjectSpec,
)
from svdiff_core.base import Base
from svdiff_core.shift.algebra import add, interpolate
from svdiff_core.shift.file import WHOLE, Shift, check_base
from svdiff_core.shift.selection import ShiftSelection, select
from svdiff_core.training.subjects import Subject


def subject(spec: SubjectSpec, pictures: Tensor) -> Subject:
    """The subject with its pictures (n, 3, H, W) in [-1, 1]."""
    return Subject(
        pictures=pictures,
        instance_prompt=spec.instance_prompt,
        class_prompt=spec.class_prompt,
        token=spec.token or "",
        class_word=spec.class_word or "",
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


def select_part(selected: SelectedShift, shift: Shift, base: Base) -> Shift:
    """What the request uses of a shift; all of it, unless it says otherwise."""
    blocks = selected.blocks.model_dump() if selected.blocks else {}
    selection = ShiftSelection(selected.subset or WHOLE, selected.layers, blocks, selected.rank_limit)
    if selection == ShiftSelection():
        return shift
    check_base(shift, base.fingerprint)
    return select(shift, selection, base.shapes, base.recipe.geometry_layers)
