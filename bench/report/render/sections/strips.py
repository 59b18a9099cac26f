"""Scale, rank limit, interpolation and style mixing."""

from collections.abc import Sequence

from bench.report.render import plots
from bench.report.render.sheets import sheet
from bench.report.render.tables import Row, markdown, mean_of, where, write_csv
from bench.report.render.verdicts import Section, Verdict
from bench.report.strips import ALPHAS, CLASS_WORD, MIXED, RANKS, SCALES, STYLED
from bench.report.studio import REPORT
from bench.report.subsets import SUBJECTS

FIELDS = ("kind", "subject", "setting", "image", "text", "other")

TEXT = """
## Scale

s·δ, on {subjects} ([pictures](scale-pictures.jpg), [numbers](strips.csv)).

![alignments by scale](scale.png)

## Rank limit

Only the δ of the r largest singular values of every matrix; 1-D shifts have no rank and stay
([pictures](rank-pictures.jpg)).

![alignments by rank](rank.png)

## Interpolation

From the first (α = 0) to the second, both learned under the class word "{class_word}"; the same seeds all the way
([pictures](interpolation-pictures.jpg)).

![alignments on the way](interpolation.png)

## Style mixing

The {first} and the {second}, each alone; both shifts added, under "{styled}"; and the geometry layers of the first
shift with all other layers of the second.

{styles}

![style mixing](style.jpg)
"""


def section(rows: Sequence[Row]) -> Section:
    """All that needs no training."""
    write_csv(REPORT / "strips.csv", FIELDS, [[row[f] for f in FIELDS] for row in rows])
    for kind, settings in (("scale", SCALES), ("rank", RANKS)):
        plots.curves(_curves(rows, kind), (kind, "alignment"), REPORT / f"{kind}.png", log=kind == "rank")
        sheet([(f"{kind} {s}", f"{SUBJECTS[0]} {kind} {s}") for s in settings], REPORT / f"{kind}-pictures.jpg")
    between, styles = where(rows, kind="interpolation"), where(rows, kind="style")
    ends = {
        word: [(float(row["setting"]), float(row[field])) for row in between]
        for word, field in zip(SUBJECTS, ("image", "other"), strict=True)
    }
    plots.curves(ends, ("α", "image alignment"), REPORT / "interpolation.png", log=False)
    sheet([(f"alpha {a}", f"interpolation {a}") for a in ALPHAS], REPORT / "interpolation-pictures.jpg")
    sheet([(row["setting"], f"style {row['setting']}") for row in styles], REPORT / "style.jpg")
    first, second = MIXED
    header = ("", f"alignment with the {first}", f"with the {second}")
    table = markdown(header, [(row["setting"], row["image"], row["other"]) for row in styles])
    text = TEXT.format(
        subjects=" and ".join(SUBJECTS), class_word=CLASS_WORD, first=first, second=second, styled=STYLED, styles=table
    )
    return Section(text, (_interpolates(ends), _scales(rows)))


def _curves(rows: Sequence[Row], kind: str) -> dict[str, list[tuple[float, float]]]:
    return {
        f"{word}, {field}": [(float(row["setting"]), float(row[field])) for row in where(rows, kind=kind, subject=word)]
        for word in SUBJECTS
        for field in ("image", "text")
    }


def _interpolates(ends: dict[str, list[tuple[float, float]]]) -> Verdict:
    (a, first), (b, second) = ((word, (points[0][1], points[-1][1])) for word, points in ends.items())
    return Verdict(
        "interpolated shifts lead from one concept to the other",
        f"{a} {first[0]:.2f} → {first[1]:.2f}, {b} {second[0]:.2f} → {second[1]:.2f}",
        first[0] > first[1] and second[0] < second[1],
    )


def _scales(rows: Sequence[Row]) -> Verdict:
    image, text = (
        {s: mean_of(where(rows, kind="scale", setting=str(s)), field).value for s in SCALES}
        for field in ("image", "text")
    )
    low, one, high = SCALES[0], 1.0, SCALES[-1]
    return Verdict(
        "a larger scale makes the concept stronger, too large a one distorts the picture",
        "; ".join(f"{s}: image {image[s]:.3f}, text {text[s]:.3f}" for s in (low, one, high)),
        image[low] < image[one] and text[high] < text[one],
    )
