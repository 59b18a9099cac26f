"""Two shifts side by side: their files read from the store, their numbers compared without torch."""

from collections.abc import Sequence

from api.schemas.comparison import ShiftComparison, comparison
from service.assets import shifts, singular_values
from service.errors import ShiftOfAnotherBase, ShiftUnreadable, UnknownReference
from service.infra.database import Scope
from service.infra.object_store import ObjectMissing, ObjectStore
from service.requests import generations
from service.requests.methods import check_shift
from service.tables import ShiftRow
from svdiff_core.shift.comparison import compare
from svdiff_core.shift.file import SHIFT_ERRORS, Shift, load


def find_pair(scope: Scope, wire_ids: Sequence[str]) -> list[ShiftRow]:
    """The shifts' rows; UnknownReference or ShiftOfAnotherBase, with a pointer, if they cannot be compared."""
    adapters = generations.find_adapters(scope, wire_ids, lock=False)
    for number, wire_id in enumerate(wire_ids):
        if wire_id not in adapters:
            raise UnknownReference(shift_pointer(number), "shift")
    rows = [adapters[wire_id].shift for wire_id in wire_ids]
    if rows[1].fingerprint != rows[0].fingerprint:
        raise ShiftOfAnotherBase(shift_pointer(1))
    return rows


def compare_pair(scope: Scope, store: ObjectStore, wire_ids: Sequence[str]) -> ShiftComparison:
    """The comparison of two of the tenant's shifts."""
    rows = find_pair(scope, wire_ids)
    files = shifts.files_of(scope, rows)
    for number, row in enumerate(rows):
        check_shift(shift_pointer(number), files[row.artifact_id])
    first, second = (read(store, files[row.artifact_id].object_key, number) for number, row in enumerate(rows))
    sigmas = singular_values.load(scope.session, store, rows[0].fingerprint)
    try:
        return comparison(wire_ids, rows[0].base_name, compare(first, second, sigmas))
    except SHIFT_ERRORS as error:  # the file is not what its row says
        raise ShiftUnreadable(shift_pointer(1)) from error


def read(store: ObjectStore, key: str, number: int) -> Shift:
    """The shift of this number in the request; ShiftUnreadable if the store has no such file any more."""
    try:
        return load(store.get(key))
    except (ObjectMissing, *SHIFT_ERRORS) as error:
        raise ShiftUnreadable(shift_pointer(number)) from error


def shift_pointer(number: int) -> str:
    """Where the request names its shift of this number."""
    return f"/shifts/{number}"
