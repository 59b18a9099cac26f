"""Two of a tenant's shifts side by side: their files read from the store, their numbers compared without torch."""

from collections.abc import Sequence
from dataclasses import dataclass

from service.assets import shifts, singular_values
from service.errors import NotAShift, ShiftOfAnotherBase, ShiftUnreadable, UnknownReference
from service.ids import from_wire
from service.infra.database import Scope
from service.infra.object_store import ObjectMissing, ObjectStore
from service.tables import Artifact, ShiftRow
from svdiff_core.parameters.methods import SHIFTS
from svdiff_core.shift.comparison import Comparison, compare
from svdiff_core.shift.file import SHIFT_ERRORS, Shift, load


@dataclass(frozen=True)
class ShiftPair:
    """Two shifts of one base that can be compared: their rows and the rows of their files."""

    rows: tuple[ShiftRow, ShiftRow]
    files: tuple[Artifact, Artifact]

    @property
    def base(self) -> str:
        """The name of the base that both were trained on."""
        return self.rows[0].base_name

    @property
    def fingerprint(self) -> str:
        """Of the weights that both were trained on."""
        return self.rows[0].fingerprint


def find_pair(scope: Scope, wire_ids: Sequence[str]) -> ShiftPair:
    """The two shifts of these ids; UnknownReference, ShiftOfAnotherBase or NotAShift, with a pointer."""
    first, second = (_require_shift(scope, wire_id, number) for number, wire_id in enumerate(wire_ids))
    if second.fingerprint != first.fingerprint:
        raise ShiftOfAnotherBase(_pointer(1))
    files = shifts.get_files(scope, [first, second])
    pair = ShiftPair((first, second), (files[first.artifact_id], files[second.artifact_id]))
    for number, file in enumerate(pair.files):
        method = shifts.get_method(file)
        if method not in SHIFTS:
            raise NotAShift(_pointer(number), method)
    return pair


def compare_pair(scope: Scope, store: ObjectStore, pair: ShiftPair) -> Comparison:
    """Their numbers, compared layer by layer; ShiftUnreadable, with a pointer, where a file is damaged or lost."""
    first, second = (_read_shift(store, file.object_key, number) for number, file in enumerate(pair.files))
    sigmas = singular_values.load(scope.session, store, pair.fingerprint)
    try:
        return compare(first, second, sigmas)
    except SHIFT_ERRORS as error:  # the file is not what its row says
        raise ShiftUnreadable(_pointer(1)) from error


def _require_shift(scope: Scope, wire_id: str, number: int) -> ShiftRow:
    shift_id = from_wire("shf", wire_id)
    row = shifts.find(scope, shift_id) if shift_id else None
    if row is None:
        raise UnknownReference(_pointer(number), "shift")
    return row


def _read_shift(store: ObjectStore, key: str, number: int) -> Shift:
    try:
        return load(store.get(key))
    except (ObjectMissing, *SHIFT_ERRORS) as error:
        raise ShiftUnreadable(_pointer(number)) from error


def _pointer(number: int) -> str:
    """Where the request names its shift of this number."""
    return f"/shifts/{number}"
