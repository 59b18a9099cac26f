"""The same trainings, each method drawn with the guidance and the start that suit it."""

from collections.abc import Sequence

from bench.report.comparison import COMPARISON, DRAWN_SEEDS, drawn_strip
from bench.report.contenders import CALM, COARSE_SUBJECTS, GUIDANCES, STARTS, TITLES, chosen_drawing
from bench.report.render.sections.comparison import PAR, PAR_TEXT, share
from bench.report.render.sheets import sheet
from bench.report.render.tables import Row, grouped, markdown, mean_of, means, write_csv
from bench.report.render.verdicts import Section, Verdict
from bench.report.stage import read
from bench.report.studio import REPORT
from svdiff_core.methods import FULL, SVDIFF

HEADER = ("method", "guidance", "start", "image", "text", "image before", "text before")
SHOWN = 4  # subjects on the sheet

TEXT = """
## Each method drawn its own way

What was learned is often drawn too strongly by the guidance that suits the base: colours and outlines overshoot. Here
guidance ({guidances}) and start (0, {starts} of the steps) are what each method's own
[sweep](../../bench/results/report/drawing_sweep.csv) chose ({subjects}), for settings of the training as above.
The pictures are from {seeds} seeds. *Before* is the table above, at the base's guidance and from the first step.

{table}

Drawn so, SVDiff reaches **{image:.1%}** of full fine-tuning's image alignment at **{text:.1%}** of its text alignment,
in 1/{smaller:.0f} of its file; *{calm}* has {calm_image:.1%} and {calm_text:.1%}.

![pictures of {shown}, each method drawn its own way](drawn.jpg)
"""


def section(rows: Sequence[Row]) -> Section:
    """The table, the two shares and a sheet."""
    compared = grouped(read(COMPARISON.name), "method")
    found = means(rows, "method", HEADER[3:5])
    before = {method: {name: mean_of(compared[method], name) for name in HEADER[3:5]} for method in found}
    methods = [method for method in TITLES if method in found]
    table = [
        (
            TITLES[method],
            f"{chosen_drawing(method).guidance:g}",
            f"{chosen_drawing(method).start:.0%}",
            *(of[method][name] for of in (found, before) for name in HEADER[3:5]),
        )
        for method in methods
    ]
    write_csv(REPORT / "drawn.csv", HEADER, table)
    words = list(grouped(rows, "subject"))[:SHOWN]
    lines = [(TITLES[method], drawn_strip(f"{word} {method}")) for word in words for method in methods]
    sheet(lines, REPORT / "drawn.jpg")
    (image, text), (calm_image, calm_text) = (
        [share(found, name, name, method) for name in HEADER[3:5]] for method in (SVDIFF, CALM)
    )
    full_size, size = (int(compared[method][0]["bytes"]) for method in (FULL, SVDIFF))
    return Section(
        TEXT.format(
            guidances=", ".join(f"{guidance:g}" for guidance in GUIDANCES),
            starts=", ".join(f"{start:.0%}" for start in STARTS),
            subjects=", ".join(COARSE_SUBJECTS),
            seeds=len(DRAWN_SEEDS),
            table=markdown(HEADER, table),
            image=image,
            text=text,
            calm=TITLES[CALM],
            calm_image=calm_image,
            calm_text=calm_text,
            smaller=full_size / size,
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
