"""What a generation samples with: the one shift that its shifts amount to, or the adapter of another method."""

from collections.abc import Sequence

from service.assets import shifts
from service.assets.shifts import get_method
from service.ids import from_wire
from service.jobs.specs import GenerationSpec, WeightedShift
from service.tables import Artifact
from svdiff_core.base import Base
from svdiff_core.errors import AdapterFileInvalid, MethodUnavailable
from svdiff_core.parameters.methods import SHIFTS
from svdiff_core.shift.file import Shift, load
from svdiff_core.spaces.adapter import Adapter, TensorAdapter, load_tensor_adapter, scale_adapter
from worker.engine.context import JobContext
from worker.jobs import translate


def load_adapter(context: JobContext, spec: GenerationSpec, base: Base) -> Adapter | None:
    """What the spec's shifts come to, read from the store. Nothing is kept: a `full` one is as large as the base."""
    if not spec.shifts:
        return None
    files = files_of(context, spec)
    if all(get_method(file) in SHIFTS for file in files):
        return translate.combine_shifts(spec, load_shifts(context, files), base)
    if len(files) > 1:  # the request refuses it already
        raise MethodUnavailable("add", "an adapter that is no spectral shift is used alone")
    return scale_adapter(read_tensor_adapter(context, files[0]), spec.shifts[0].weight)


def files_of(context: JobContext, spec: GenerationSpec) -> list[Artifact]:
    """The files of the spec's shifts, in its order."""
    ids = [from_wire("shf", shift.id) for shift in spec.shifts if isinstance(shift, WeightedShift)]
    with context.scope() as scope:
        return [shifts.get_file(scope, shifts.get(scope, shift_id)) for shift_id in ids]


def load_shifts(context: JobContext, files: Sequence[Artifact]) -> list[Shift]:
    """The shifts in this order; one that is listed twice is read once."""
    loaded: dict[str, Shift] = {}
    for file in files:
        if file.object_key not in loaded:
            loaded[file.object_key] = load(context.store.get(file.object_key))
        context.progress.step("loading")
    return [loaded[file.object_key] for file in files]


def read_tensor_adapter(context: JobContext, file: Artifact) -> TensorAdapter:
    """The tensors that another method trained, if they are not more than a worker may take into memory."""
    limit = context.settings.max_adapter_bytes
    if file.bytes > limit:
        raise AdapterFileInvalid(f"it is larger than the {limit} bytes that a worker reads")
    adapter = load_tensor_adapter(context.store.get(file.object_key))
    context.progress.step("loading")
    return adapter
