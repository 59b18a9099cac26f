"""Between the service's words and svdiff_core's: subjects and shifts one way, unread text the other."""

from collections.abc import Mapping, Sequence

from torch import Tensor

from service.jobs.errors import PROMPT_CUT
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


def combine_shifts(spec: GenerationSpec, shifts: Sequence[Shift], base: Base) -> Shift:
    """The one shift that the selected parts of the spec's shifts amount to: eq. 4, or eq. 5 of two."""
    weights = [selected.weight for selected in spec.shifts]
    parts = [select_part(selected, shift, base) for selected, shift in zip(spec.shifts, shifts, strict=True)]
    if spec.mode == "interpolate":
        return interpolate(parts[0], parts[1], weights[0])
    return add(list(zip(parts, weights, strict=True)))


def select_part(selected: SelectedShift, shift: Shift, base: Base) -> Shift:
    """What the spec uses of a shift; all of it, unless it says otherwise."""
    blocks = selected.blocks.model_dump() if selected.blocks else {}
    selection = ShiftSelection(selected.subset or WHOLE, selected.layers, blocks, selected.rank_limit)
    if selection == ShiftSelection():
        return shift
    check_base(shift, base.fingerprint)
    return select(shift, selection, base.shapes, base.recipe.geometry_layers)


def cut_prompt_warnings(base: Base, prompts: Mapping[str, str]) -> list[dict[str, str]]:
    """A warning for each prompt whose end the base's text encoder did not read, by its place in the request."""
    unread = {pointer: base.family.truncated_text(prompt) for pointer, prompt in prompts.items()}
    return [
        {"code": PROMPT_CUT.code, "pointer": pointer, "detail": f"The prompt is too long: {cut!r} was not read."}
        for pointer, cut in unread.items()
        if cut
    ]
