"""Correlation of shifts."""

from collections.abc import Sequence

from bench.report.render import plots
from bench.report.render.tables import Row, grouped, where, write_csv
from bench.report.render.verdicts import Section, Verdict
from bench.report.studio import REPORT

TEXT = """
## Correlation of shifts

Mean over layers of the cosine ([numbers](correlation.csv)). Rows are second trainings of each subject, with half the
rates and another seed.

![correlation of the shifts of eight subjects](correlation.png)
"""


def section(rows: Sequence[Row]) -> Section:
    """The matrix."""
    names = list(grouped(rows, "subject"))
    matrix = [[float(where(rows, subject=a, other=b)[0]["cosine"]) for b in names] for a in names]
    write_csv(REPORT / "correlation.csv", ["", *names], [[a, *line] for a, line in zip(names, matrix, strict=True)])
    plots.heat(matrix, names, REPORT / "correlation.png")
    n = len(names)
    diagonal = sum(matrix[i][i] for i in range(n)) / n
    others = [matrix[i][j] for i in range(n) for j in range(n) if i != j]
    wins = sum(matrix[i][i] == max(matrix[i]) for i in range(n))
    verdict = Verdict(
        "two trainings of one subject correlate more than two subjects do",
        f"mean cosine {diagonal:.2f} on the diagonal, {sum(others) / len(others):.2f} beside it; "
        f"the highest of its row in {wins} of {n}",
        wins == n,
    )
    return Section(TEXT, (verdict,))
