"""Image against text alignment over the weight of a shift, beside full fine-tuning's one point."""

from collections.abc import Sequence
from itertools import pairwise

from bench.report.comparison import DRAWN, DRAWN_SEEDS
from bench.report.contenders import ALIGNED, TITLES
from bench.report.render import plots
from bench.report.render.sections.comparison import PAR
from bench.report.render.tables import Row, markdown, means, where, write_csv
from bench.report.render.verdicts import Section, Verdict
from bench.report.stage import read
from bench.report.studio import REPORT
from svdiff_core.parameters.methods import FULL, SVDIFF

HEADER = ("weight of the shift", *ALIGNED, "image of all weights'", "text of all weights'")

TEXT = """
## Weight: image against text alignment

A shift's [weight](../shifts.md) is a number of the request: less of it gives text alignment back, more of it image
alignment. Here are the same shifts as in the table above, drawn the same way from {seeds} seeds, at other weights.

{table}

![text against image alignment over the weight of a shift](weights.png)

Read off the line between these points, where SVDiff has full fine-tuning's text alignment ({text}), it has
**{image:.1%}** of its image alignment ({full_image}). That weight is found on these subjects themselves; no sweep on
others chose it.
"""


def section(rows: Sequence[Row]) -> Section:
    """The table, the curve and what is read off it."""
    drawn = read(DRAWN.name)
    whole = [{**row, "weight": "1.0"} for row in where(drawn, method=SVDIFF)]
    found = means(sorted([*rows, *whole], key=lambda row: float(row["weight"])), "weight", ALIGNED)
    full = means(drawn, "method", ALIGNED)[FULL]
    table = [
        (weight, *values.values(), *(f"{values[name].value / full[name].value:.1%}" for name in ALIGNED))
        for weight, values in found.items()
    ]
    write_csv(REPORT / "weights.csv", HEADER, table)
    curve = [(values["text"].value, values["image"].value) for values in found.values()]
    one = [(full["text"].value, full["image"].value)]
    lines = {f"{TITLES[SVDIFF]}, weights {', '.join(found)}": curve, TITLES[FULL]: one}
    plots.curves(lines, ("text alignment", "image alignment"), REPORT / "weights.png", log=False)
    share = image_at(curve, full["text"].value) / full["image"].value
    return Section(
        TEXT.format(
            seeds=len(DRAWN_SEEDS),
            table=markdown(HEADER, table),
            text=full["text"],
            image=share,
            full_image=full["image"],
        ),
        (
            Verdict(
                "SVDiff is on a par with DreamBooth, at a weight that gives both the same text alignment",
                f"{share:.1%} of its image alignment",
                share >= PAR,
            ),
        ),
    )


def image_at(curve: Sequence[tuple[float, float]], text: float) -> float:
    """The most image alignment on the line through these (text, image) at this text alignment or more, 0 if nowhere."""
    crossings = [
        b + (text - a) / (c - a) * (d - b) for (a, b), (c, d) in pairwise(curve) if min(a, c) < text <= max(a, c)
    ]
    return max([*crossings, *(image for reached, image in curve if reached >= text)], default=0.0)
