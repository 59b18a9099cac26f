"""What the lines of one chunk ask for, with every name looked up: a few queries a chunk, none a line."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import assert_never
from uuid import UUID

from service.assets.shifts import files_of
from service.bases import Catalogue
from service.batches.line_errors import LineErrors
from service.batches.lines import EditLine, FineTuneLine, GenerationLine, NamedShift, ValidLine
from service.batches.survey import Survey, Trainer
from service.errors import ServiceError, UnknownReference
from service.ids import to_wire
from service.infra.database import Scope
from service.jobs.specs import AwaitedShift, ShiftSelectionSpec, WeightedShift
from service.jobs.submission import JobDraft
from service.requests import edits, fine_tunes, generations
from service.requests.generations import TrainedOn
from service.requests.methods import method_of
from service.requests.mixing import Ingredient, check_mix


@dataclass(frozen=True)
class ResolvedLine:
    """A line's job before it is accepted, and the jobs of the same batch that it waits for."""

    line: ValidLine
    job_id: UUID
    wanted: JobDraft
    needs: frozenset[UUID]


class NamesInvalidLine(Exception):
    """The line names one whose own fault is told already: nothing can be said of this one yet."""


class Resolver:
    """Reads what the lines of a chunk name, all of it at once."""

    def __init__(self, scope: Scope, catalogue: Catalogue, survey: Survey, chunk: Sequence[ValidLine]) -> None:
        self._catalogue = catalogue
        self._survey = survey
        trainings = [line.request for line in chunk if isinstance(line, FineTuneLine)]
        named = [shift for line in chunk if isinstance(line, GenerationLine) for shift in line.shifts]
        self._images = fine_tunes.find_images(scope, trainings, lock=False) if trainings else set()
        pictures = {line.request.image for line in chunk if isinstance(line, EditLine)}
        self._edited = edits.find_images(scope, pictures, lock=False) if pictures else {}
        ids = {shift.id for shift in named if shift.id is not None}
        self._shifts = generations.find_shifts(scope, ids, lock=False) if ids else {}
        self._files = files_of(scope, list(self._shifts.values())) if self._shifts else {}

    def resolve(self, line: ValidLine) -> ResolvedLine:
        """The line's job; a ServiceError with pointers into the body if it cannot be meant."""
        match line:
            case FineTuneLine():
                return self._fine_tune(line)
            case GenerationLine():
                return self._generation(line)
            case EditLine():
                return self._edit(line)
            case _:
                assert_never(line)

    def _fine_tune(self, line: FineTuneLine) -> ResolvedLine:
        base = self._catalogue.current(line.request.base)
        wanted = fine_tunes.build_job(line.request, base, self._images)
        return ResolvedLine(line, self._survey.job_id(line), wanted, frozenset())

    def _edit(self, line: EditLine) -> ResolvedLine:
        """Whether the picture's shift is known is asked when it runs: an earlier line may learn it."""
        spec = edits.spec_of(line.request, self._catalogue.current(line.request.base), self._edited)
        return ResolvedLine(line, self._survey.job_id(line), edits.build_job(line.request, spec, None), frozenset())

    def _generation(self, line: GenerationLine) -> ResolvedLine:
        meant = [self._meant(shift, number) for number, shift in enumerate(line.shifts)]
        check_mix(
            [Ingredient(number, one.trained.pointer, one.method, one.weighted) for number, one in enumerate(meant)]
        )
        base = generations.choose_base(self._catalogue, line.request.base, [shift.trained for shift in meant])
        inputs = {shift.input_id for shift in meant if shift.input_id is not None}
        wanted = generations.build_job(line.request, base, tuple(shift.weighted for shift in meant), inputs)
        needs = frozenset(shift.needs_id for shift in meant if shift.needs_id is not None)
        return ResolvedLine(line, self._survey.job_id(line), wanted, needs)

    def _meant(self, shift: NamedShift, number: int) -> "ResolvedShift":
        return self._awaited(shift, number) if shift.id is None else self._own(shift.id, shift.use, number)

    def _own(self, wire_id: str, use: ShiftSelectionSpec, number: int) -> "ResolvedShift":
        row = generations.require_shift(self._shifts, wire_id, number)
        trained = TrainedOn(generations.shift_pointer(number), row.base_name, row.fingerprint)
        method = method_of(self._files[row.artifact_id])
        return ResolvedShift(trained, WeightedShift(id=wire_id, **dict(use)), method, input_id=row.id)

    def _awaited(self, shift: NamedShift, number: int) -> "ResolvedShift":
        place = f"/shifts/{number}/custom_id"
        trainer = self._trainer(shift.custom_id or "", place)
        trained = TrainedOn(place, trainer.base, self._fingerprint(trainer.base))
        weighted = AwaitedShift(fine_tune=to_wire("job", trainer.job_id), **dict(shift.use))
        return ResolvedShift(trained, weighted, trainer.method, needs_id=trainer.job_id)

    def _trainer(self, custom_id: str, place: str) -> Trainer:
        if custom_id in self._survey.trainers:
            return self._survey.trainers[custom_id]
        if custom_id in self._survey.bad:
            raise NamesInvalidLine
        raise UnknownReference(place, "fine-tune in this batch")

    def _fingerprint(self, base: str) -> str:
        """Of the revision that the batch's fine-tunes on this base train; none where the base is at fault."""
        try:
            return self._catalogue.current(base).fingerprint
        except ServiceError:
            return ""


@dataclass(frozen=True)
class ResolvedShift:
    """A shift of a line: what it was or will be trained on and by, and the row or the job that it comes from."""

    trained: TrainedOn
    weighted: WeightedShift | AwaitedShift
    method: str
    input_id: UUID | None = None
    needs_id: UUID | None = None


def resolve_lines(resolver: Resolver, lines: Iterable[ValidLine], faults: LineErrors) -> Iterator[ResolvedLine]:
    """The jobs of the lines that can be meant; what is wrong with the others goes to the faults."""
    for line in lines:
        try:
            yield resolver.resolve(line)
        except ServiceError as error:
            faults.add_error(line.number, line.custom_id, error)
        except NamesInvalidLine:
            continue
