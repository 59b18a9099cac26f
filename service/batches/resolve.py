"""What the lines of one chunk ask for, with every name looked up: a few queries a chunk, none a line."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import assert_never
from uuid import UUID

from service.bases import BaseCatalog
from service.batches.line_errors import LineErrors
from service.batches.lines import EditLine, FineTuneLine, GenerationLine, LineShift, ValidLine
from service.batches.survey import Survey, Trainer
from service.errors import ServiceError, UnknownReference
from service.ids import to_wire
from service.infra.database import Scope
from service.jobs.specs import AwaitedShift, WeightedShift
from service.jobs.submission import JobDraft
from service.requests import edits, fine_tunes, generations
from service.requests.methods import AdapterUse, check_mix


@dataclass(frozen=True)
class ResolvedLine:
    """A line's job before it is accepted, and the jobs of the same batch that it waits for."""

    line: ValidLine
    job_id: UUID
    draft: JobDraft
    depends_on: frozenset[UUID] = frozenset()


class NamesInvalidLine(Exception):
    """The line names one whose own fault is told already: nothing can be said of this one yet."""


class Resolver:
    """Reads what the lines of a chunk name, all of it at once."""

    def __init__(self, scope: Scope, catalog: BaseCatalog, survey: Survey, chunk: Sequence[ValidLine]) -> None:
        self._catalog = catalog
        self._survey = survey
        fine_tune_requests = [line.request for line in chunk if isinstance(line, FineTuneLine)]
        self._images = fine_tunes.find_images(scope, fine_tune_requests, lock=False) if fine_tune_requests else set()
        edited = {line.request.image for line in chunk if isinstance(line, EditLine)}
        self._edited = edits.find_images(scope, edited, lock=False) if edited else {}
        shifts = [shift for line in chunk if isinstance(line, GenerationLine) for shift in line.request.shifts]
        self._adapters = generations.find_adapters(scope, {shift.id for shift in shifts if shift.id}, lock=False)

    def resolve(self, line: ValidLine) -> ResolvedLine:
        """The line's job; a ServiceError with pointers into the body if it is not valid."""
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
        base = self._catalog.get(line.request.base)
        draft = fine_tunes.build_job(line.request, base, self._images, self._survey.metrics)
        return ResolvedLine(line, self._survey.job_id(line), draft)

    def _edit(self, line: EditLine) -> ResolvedLine:
        """Whether the picture's shift is known is looked up when it runs: an earlier line may train it."""
        spec = edits.spec_of(line.request, self._catalog.get(line.request.base), self._edited)
        return ResolvedLine(line, self._survey.job_id(line), edits.build_job(line.request, spec, None))

    def _generation(self, line: GenerationLine) -> ResolvedLine:
        request = line.request
        shifts = [self._shift(shift, number) for number, shift in enumerate(request.shifts)]
        check_mix([shift.use for shift in shifts])
        base = generations.choose_base(self._catalog, request.base, [shift.use for shift in shifts])
        inputs = {shift.input_id for shift in shifts if shift.input_id is not None}
        draft = generations.build_job(request, base, tuple(shift.named for shift in shifts), inputs)
        depends_on = frozenset(shift.job_id for shift in shifts if shift.job_id is not None)
        return ResolvedLine(line, self._survey.job_id(line), draft, depends_on)

    def _shift(self, shift: LineShift, number: int) -> "ResolvedShift":
        return self._awaited(shift, number) if shift.id is None else self._own(shift, shift.id, number)

    def _own(self, shift: LineShift, wire_id: str, number: int) -> "ResolvedShift":
        use = generations.use_of(self._adapters, wire_id, shift, number)
        named = WeightedShift(id=wire_id, **shift.selection())
        return ResolvedShift(use, named, input_id=self._adapters[wire_id].shift.id)

    def _awaited(self, shift: LineShift, number: int) -> "ResolvedShift":
        pointer = f"/shifts/{number}/custom_id"
        trainer = self._trainer(shift.custom_id or "", pointer)
        fingerprint = self._fingerprint(trainer.base)
        use = AdapterUse(number, pointer, trainer.base, fingerprint, trainer.method, shift)
        named = AwaitedShift(fine_tune=to_wire("job", trainer.job_id), **shift.selection())
        return ResolvedShift(use, named, job_id=trainer.job_id)

    def _trainer(self, custom_id: str, pointer: str) -> Trainer:
        if custom_id in self._survey.trainers:
            return self._survey.trainers[custom_id]
        if custom_id in self._survey.bad:
            raise NamesInvalidLine
        raise UnknownReference(pointer, "fine-tune in this batch")

    def _fingerprint(self, base: str) -> str:
        """Of the revision that the batch's fine-tunes on this base train; none where the base is at fault."""
        try:
            return self._catalog.get(base).fingerprint
        except ServiceError:
            return ""


@dataclass(frozen=True)
class ResolvedShift:
    """A shift of a line: what it names, how the spec names it, and the row or the job that it comes from."""

    use: AdapterUse
    named: WeightedShift | AwaitedShift
    input_id: UUID | None = None
    job_id: UUID | None = None


def resolve_lines(resolver: Resolver, lines: Iterable[ValidLine], faults: LineErrors) -> Iterator[ResolvedLine]:
    """The jobs of the lines that can be meant; what is wrong with the others goes to the faults."""
    for line in lines:
        try:
            yield resolver.resolve(line)
        except ServiceError as error:
            faults.add_error(line.number, line.custom_id, error)
        except NamesInvalidLine:
            continue
