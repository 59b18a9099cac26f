"""The page: a section for each stage, left out while that stage's table has rows missing."""

from collections.abc import Callable, Sequence

from bench.report.comparison import COMPARISON, DRAWN, WEIGHED
from bench.report.edits import EDITS
from bench.report.pairs import PAIRS_STAGE
from bench.report.render.sections import comparison, correlation, drawn, edits, pairs, strips, subsets, weights
from bench.report.render.tables import Row
from bench.report.render.verdicts import Section, summary
from bench.report.stage import ReportStage, read
from bench.report.strips import STRIPS
from bench.report.studio import REPORT
from bench.report.subsets import SUBSETS_STAGE
from bench.report.twins import TWINS

INTRODUCTION = """\
# The paper's figures on the emoji base

What Han et al., *SVDiff* (ICCV 2023) show on Stable Diffusion, done with the base and the judge that ship. `make
report` renders this page from [stored results](../../bench/results/report); `make report-full` trains everything
again. The subjects are of an emoji set that neither base nor judge was trained on. **Image alignment** is the mean
cosine of the judge's image tower with the subject's own pictures, **text alignment** the cosine of its two towers.
All of it is about 64-pixel drawings, and says nothing about photographs.
"""

SECTIONS: Sequence[tuple[ReportStage, Callable[[Sequence[Row]], Section]]] = (
    (COMPARISON, comparison.section),
    (DRAWN, drawn.section),
    (WEIGHED, weights.section),
    (PAIRS_STAGE, pairs.section),
    (SUBSETS_STAGE, subsets.section),
    (TWINS, correlation.section),
    (STRIPS, strips.section),
    (EDITS, edits.section),
)


def render() -> list[str]:
    """Write the page with its pictures, plots and CSV; returns the names of stages that are not complete."""
    REPORT.mkdir(parents=True, exist_ok=True)
    sections = [section(read(stage.name)) for stage, section in SECTIONS if not stage.missing()]
    parts = [INTRODUCTION, summary(sections), *(section.text for section in sections)]
    (REPORT / "README.md").write_text("\n".join(part.strip() + "\n" for part in parts))
    return [stage.name for stage, _ in SECTIONS if stage.missing()]
