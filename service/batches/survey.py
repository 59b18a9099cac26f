"""The first look at a batch: how many lines, and which names they have."""

from dataclasses import dataclass, field
from uuid import UUID

from service.batches.line_errors import REPEATED_CUSTOM_ID, LineError, LineErrors
from service.batches.lines import FineTuneLine, InvalidLine, Source, ValidLine
from service.errors import EmptyBatch, TooManyLines
from service.ids import now_milliseconds, numbered_id


@dataclass(frozen=True, slots=True)
class Trainer:
    """A fine-tune of the batch: the id that its job will have, its base's name, and its method."""

    job_id: UUID
    base: str
    method: str


@dataclass
class Survey:
    """What must be known of the whole file before a line can be understood. Its size grows by names alone."""

    metrics: frozenset[str] = frozenset()  # that the installation has for every base
    milliseconds: int = field(default_factory=now_milliseconds)
    lines: int = 0
    names: dict[str, int] = field(default_factory=dict)  # to the line of each
    trainers: dict[str, Trainer] = field(default_factory=dict)
    bad: set[str] = field(default_factory=set)  # names of lines whose faults are told already

    def job_id(self, line: ValidLine) -> UUID:
        """The id of the line's job: new, unless other lines may name it. Ids sort as the lines do."""
        if isinstance(line, FineTuneLine) and line.custom_id in self.trainers:
            return self.trainers[line.custom_id].job_id
        return numbered_id(self.milliseconds, line.number)


def survey_lines(source: Source, faults: LineErrors, most: int, metrics: frozenset[str] = frozenset()) -> Survey:
    """Read every line's form and name; TooManyLines or EmptyBatch for a file that is no batch."""
    survey = Survey(metrics)
    for number, line in enumerate(source(), 1):
        if number > most:
            raise TooManyLines(most)
        if isinstance(line, InvalidLine):
            add_invalid_line(survey, line, faults)
        elif line is not None:
            add_line(survey, line, faults)
    if not survey.lines:
        raise EmptyBatch
    return survey


def add_invalid_line(survey: Survey, line: InvalidLine, faults: LineErrors) -> None:
    """Tell what is wrong with the line; what names it is not to blame."""
    survey.lines += 1
    faults.add(*line.faults)
    if line.custom_id is not None:
        survey.bad.add(line.custom_id)


def add_line(survey: Survey, line: ValidLine, faults: LineErrors) -> None:
    """Remember the line's name, which must be its own."""
    survey.lines += 1
    first = survey.names.setdefault(line.custom_id, line.number)
    if first != line.number:
        message = f"Line {first} has this custom_id too."
        faults.add(LineError(line.number, line.custom_id, "/custom_id", REPEATED_CUSTOM_ID.code, message))
    elif isinstance(line, FineTuneLine):
        survey.trainers[line.custom_id] = Trainer(survey.job_id(line), line.request.base, line.request.method)
