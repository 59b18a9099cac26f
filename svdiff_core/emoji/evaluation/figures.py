"""The table: what was measured, over how many pictures, and what a base should reach."""

import csv
import io
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

Unit = Literal["share", "dB", "s"]


@dataclass(frozen=True)
class Figure:
    """One number of the table. `target` is the least that counts as reached, for seconds the most."""

    name: str
    value: float
    unit: Unit = "share"
    target: float | None = None
    pictures: int = 0

    @property
    def reached(self) -> bool | None:
        """Whether the value is good enough; None where there is no target."""
        if self.target is None:
            return None
        return self.value <= self.target if self.unit == "s" else self.value >= self.target


def to_table(figures: Sequence[Figure]) -> str:
    """A Markdown table, its columns aligned for a terminal."""
    header = ("", "target", "measured", "pictures", "")
    rows = [header, *(_row(figure) for figure in figures)]
    widths = [max(len(row[i]) for row in rows) for i in range(len(header))]
    lines = [
        "| " + " | ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) + " |" for row in rows
    ]
    rule = "|" + "|".join("-" * (width + 2) for width in widths) + "|"
    return "\n".join([lines[0], rule, *lines[1:]])


def to_json(figures: Sequence[Figure], facts: Mapping[str, Any]) -> str:
    """All numbers with what they were measured on."""
    return json.dumps({**facts, "figures": [asdict(f) | {"reached": f.reached} for f in figures]}, indent=2) + "\n"


def to_csv(figures: Sequence[Figure]) -> str:
    """One line a figure."""
    out = io.StringIO()
    writer = csv.DictWriter(out, ["name", "value", "unit", "target", "pictures", "reached"], lineterminator="\n")
    writer.writeheader()
    writer.writerows(asdict(f) | {"value": f"{f.value:.6g}", "reached": f.reached} for f in figures)
    return out.getvalue()


def _row(figure: Figure) -> tuple[str, ...]:
    verdict = {True: "reached", False: "missed", None: ""}[figure.reached]
    return figure.name, _bound(figure), _format(figure.value, figure.unit), str(figure.pictures or ""), verdict


def _bound(figure: Figure) -> str:
    if figure.target is None:
        return ""
    return f"{'≤' if figure.unit == 's' else '≥'} {_format(figure.target, figure.unit, exact=False)}"


def _format(value: float, unit: Unit, *, exact: bool = True) -> str:
    if unit == "share":
        return f"{100 * value:.1f} %" if exact else f"{100 * value:g} %"
    places = 2 if unit == "s" else 1
    return f"{value:.{places}f} {unit}" if exact else f"{value:g} {unit}"
