"""What a generation draws with: the one shift that its shifts amount to, or the product of another method."""

from collections.abc import Sequence

from service.assets import shifts
from service.ids import from_wire
from service.jobs.specs import GenerationSpec, WeightedShift
from service.requests.methods import method_of
from service.tables import Artifact
from svdiff_core.base import Base
from svdiff_core.errors import AdapterFileInvalid, MethodUnavailable
from svdiff_core.parameters.methods import SHIFTS
from svdiff_core.shift.file import Shift, load
from svdiff_core.spaces.adapter import Adapter, TensorAdapter, load_tensor_adapter, scale_adapter
from worker.engine.context import JobContext
from worker.jobs import translate


def load_adapter(bench: JobContext, spec: GenerationSpec, base: Base) -> Adapter | None:
    """What the spec's shifts come to, read from the store. Nothing is kept: a `full` one is as large as the base."""
    files = files_of(bench, spec)
    if all(method_of(file) in SHIFTS for file in files):
        return translate.combine_shifts(spec, load_shifts(bench, files), base)
    if len(files) > 1:  # refused before it is queued; here as the last look
        raise MethodUnavailable("add", "what is no spectral shift is drawn with alone")
    return scale_adapter(read_tensor_adapter(bench, files[0]), spec.shifts[0].weight)


def files_of(bench: JobContext, spec: GenerationSpec) -> list[Artifact]:
    """The files of the spec's shifts, in its order."""
    ids = [from_wire("shf", asked.id) for asked in spec.shifts if isinstance(asked, WeightedShift)]
    with bench.database.tenant(bench.claim.tenant_id) as scope:
        return [shifts.file_of(scope, shifts.get(scope, shift_id)) for shift_id in ids]


def load_shifts(bench: JobContext, files: Sequence[Artifact]) -> list[Shift]:
    """The shifts in this order; one that is listed twice is read once."""
    loaded: dict[str, Shift] = {}
    for file in files:
        if file.object_key not in loaded:
            loaded[file.object_key] = load(bench.store.get(file.object_key))
        bench.progress.step("loading")
    return [loaded[file.object_key] for file in files]


def read_tensor_adapter(bench: JobContext, file: Artifact) -> TensorAdapter:
    """The tensors of another method's product, if they are not more than a worker may take into memory."""
    if file.bytes > bench.settings.max_adapter_bytes:
        raise AdapterFileInvalid(f"it is larger than the {bench.settings.max_adapter_bytes} bytes that a worker reads")
    tuned = load_tensor_adapter(bench.store.get(file.object_key))
    bench.progress.step("loading")
    return tuned
