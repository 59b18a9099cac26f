"""What the paper says, what we measured, and whether the two agree."""

from collections.abc import Sequence
from dataclasses import dataclass

from bench.report.render.tables import markdown


@dataclass(frozen=True)
class Verdict:
    """A claim of the paper, and our numbers."""

    claim: str
    measured: str
    agrees: bool


@dataclass(frozen=True)
class Section:
    """A part of the page, and what it says about the paper."""

    text: str
    verdicts: tuple[Verdict, ...]


def summary(sections: Sequence[Section]) -> str:
    """All verdicts as a table."""
    rows = [
        (verdict.claim, verdict.measured, "agrees" if verdict.agrees else "**does not agree**")
        for section in sections
        for verdict in section.verdicts
    ]
    return f"## Where we agree with the paper, and where not\n\n{markdown(('the paper', 'here', ''), rows)}\n"
