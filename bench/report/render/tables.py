"""What the page says in numbers: means over the stored rows."""

import csv
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import mean, stdev

Row = Mapping[str, str]


@dataclass(frozen=True)
class Mean:
    """A mean, and its standard error (0 for a single value)."""

    value: float
    error: float

    def __str__(self) -> str:
        return f"{self.value:.3f} ± {self.error:.3f}" if self.error else f"{self.value:.3f}"


def mean_of(rows: Iterable[Row], field: str) -> Mean:
    """Of the rows that have the field."""
    return spread([float(row[field]) for row in rows if row[field]])


def spread(values: Sequence[float]) -> Mean:
    """The mean of these, and its error."""
    return Mean(mean(values), stdev(values) / len(values) ** 0.5 if len(values) > 1 else 0.0)


def grouped(rows: Iterable[Row], key: str) -> dict[str, list[Row]]:
    """The rows by the value of a field, in the order in which the values first appear."""
    groups: dict[str, list[Row]] = {}
    for row in rows:
        groups.setdefault(row[key], []).append(row)
    return groups


def means(rows: Iterable[Row], key: str, fields: Sequence[str]) -> dict[str, dict[str, Mean]]:
    """The mean of every field for every value of the key."""
    return {value: {name: mean_of(group, name) for name in fields} for value, group in grouped(rows, key).items()}


def markdown(header: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """A table."""
    lines = [header, ["---"] * len(header), *([str(cell) for cell in row] for row in rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def write_csv(path: Path, header: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """The same numbers, for programs."""
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(header)
        writer.writerows(rows)


def where(rows: Iterable[Row], **wanted: str) -> list[Row]:
    """The rows that have these values."""
    holds: Callable[[Row], bool] = lambda row: all(row[name] == value for name, value in wanted.items())  # noqa: E731
    return [row for row in rows if holds(row)]
