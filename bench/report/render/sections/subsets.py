"""The paper's twelve subsets."""

from collections.abc import Sequence

from bench.report.render import plots
from bench.report.render.tables import Row, markdown, means, write_csv
from bench.report.render.verdicts import Section, Verdict
from bench.report.studio import REPORT
from bench.report.subsets import SUBJECTS
from svdiff_core.shift.subsets import SUBSETS

HEADER = ("subset", "floats", "image", "text")
NOISE = 0.02  # of a mean over two subjects

TEXT = """
## The twelve subsets

What a shift of some of the denoiser's layers reaches, the text encoder left alone; mean ± standard error of
{subjects}.

{table}

![alignments of the twelve subsets](subsets.png)
"""


def section(rows: Sequence[Row]) -> Section:
    """A bar for each."""
    found = means(rows, "subset", ("floats", "image", "text"))
    table = [[name, round(found[name]["floats"].value), found[name]["image"], found[name]["text"]] for name in SUBSETS]
    write_csv(REPORT / "subsets.csv", HEADER, table)
    image, text = ({name: found[name][what].value for name in SUBSETS} for what in ("image", "text"))
    plots.bars({name: (image[name], text[name]) for name in SUBSETS}, ("image", "text"), REPORT / "subsets.png")
    best = max((name for name in SUBSETS if name != "all"), key=image.__getitem__)
    verdict = Verdict(
        "all layers fit a subject best, keys and values of cross-attention worst",
        f"all {image['all']:.3f}; best part {best} {image[best]:.3f}; CA {image['CA']:.3f}, CA-KV {image['CA-KV']:.3f}",
        image["all"] >= image[best] - NOISE
        and image["CA-KV"] <= min(image[name] for name in ("CA", "up", "down", "2-D")) + NOISE,
    )
    return Section(TEXT.format(subjects=" and ".join(SUBJECTS), table=markdown(HEADER, table)), (verdict,))
