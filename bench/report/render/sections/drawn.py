"""The same trainings, each method drawn with the guidance and the start that suit it."""

from collections.abc import Sequence

from bench.report.choices import chosen_drawing, chosen_so_drawn
from bench.report.comparison import COMPARISON, DRAWN_SEEDS, drawn_strip
from bench.report.contenders import ALIGNED, TITLES
from bench.report.render import plots
from bench.report.render.sections.comparison import PAR, PAR_TEXT, share
from bench.report.render.sheets import sheet
from bench.report.render.tables import Mean, Row, grouped, markdown, means, spread, where, write_csv
from bench.report.render.verdicts import Section, Verdict
from bench.report.stage import read
from bench.report.studio import REPORT
from bench.report.sweeps import GUIDANCES, RESTS, STARTS, SUBJECTS
from svdiff_core.parameters.methods import FULL, SVDIFF

HEADER = ("method", *ALIGNED, "guidance", "start", "rest", *(f"{name} before" for name in ALIGNED))
SHOWN = 4  # subjects on the sheet

TEXT = """
## Each method drawn its own way

What was learned is often drawn too strongly by the guidance that suits the base: colors and outlines overshoot. Here
the [guidance](../shifts.md#guidance) ({guidances}) and the [start](../shifts.md#when-shifts-begin) ({starts} of the
steps) are what each method's own [sweep](../../bench/results/report/drawing_sweep.csv) of them chose, for trainings as
above ({subjects}). With pictures so drawn a [last one](../../bench/results/report/rest_sweep.csv) chose *rest*, the
rate of vectors and of the text encoder as a share of the other ({rests}; the same subjects).
The pictures are from {seeds} seeds. *Before* is the table above.

{table}

So SVDiff reaches **{image:.1%}** of full fine-tuning's image alignment at **{text:.1%}** of its text alignment. Over
subjects the difference from full fine-tuning is {image_difference} in image and {text_difference} in text alignment.

![text against image alignment, each method drawn its own way](drawn.png)

![pictures of {shown}, each method drawn its own way](drawn.jpg)
"""


def section(rows: Sequence[Row]) -> Section:
    """The table, the two shares, the plot and a sheet."""
    rows = sorted(rows, key=lambda row: list(TITLES).index(row["method"]))  # those of a subject keep their order
    found = means(rows, "method", ALIGNED)
    before = means(read(COMPARISON.name), "method", ALIGNED)
    table = []
    for method, values in found.items():
        drawing, setting = chosen_drawing(method), chosen_so_drawn(method)
        how = f"{drawing.guidance:g}", f"{drawing.start:.0%}", f"{setting.rest:g}"
        table.append((TITLES[method], *values.values(), *how, *before[method].values()))
    write_csv(REPORT / "drawn.csv", HEADER, table)
    plots.alignment({TITLES[method]: values for method, values in found.items()}, REPORT / "drawn.png")
    words = list(grouped(rows, "subject"))[:SHOWN]
    lines = [(TITLES[method], drawn_strip(f"{word} {method}")) for word in words for method in found]
    sheet(lines, REPORT / "drawn.jpg")
    image, text = (share(found, name) for name in ALIGNED)
    differences = [difference(rows, name) for name in ALIGNED]
    return Section(
        TEXT.format(
            guidances=", ".join(f"{guidance:g}" for guidance in GUIDANCES),
            starts=", ".join(f"{start:.0%}" for start in STARTS),
            subjects=", ".join(SUBJECTS),
            rests=", ".join(f"{rest:g}" for rest in RESTS),
            seeds=len(DRAWN_SEEDS),
            table=markdown(HEADER, table),
            image=image,
            text=text,
            image_difference=differences[0],
            text_difference=differences[1],
            shown=", ".join(words),
        ),
        (
            Verdict(
                "SVDiff is on a par with DreamBooth, where each is drawn with the guidance and start that suit it",
                f"{image:.1%} of its image and {text:.1%} of its text alignment",
                image >= PAR and text >= PAR_TEXT,
            ),
        ),
    )


def difference(rows: Sequence[Row], alignment: str) -> Mean:
    """SVDiff's less full fine-tuning's, subject by subject."""
    ours, theirs = ({row["subject"]: row for row in where(rows, method=method)} for method in (SVDIFF, FULL))
    return spread([float(ours[word][alignment]) - float(theirs[word][alignment]) for word in ours])
