"""Text against image alignment of every method, drawn as the base draws, with sizes and speeds."""

from collections.abc import Mapping, Sequence

from bench.report.choices import chosen
from bench.report.comparison import BASE, REAL
from bench.report.contenders import ALIGNED, EMA_DECAY, TITLES
from bench.report.render import plots
from bench.report.render.sheets import sheet
from bench.report.render.tables import Mean, Row, grouped, markdown, means, write_csv
from bench.report.render.verdicts import Section, Verdict
from bench.report.studio import REPORT, ROOT
from bench.report.sweeps import COARSE_SUBJECTS, FINE_STEPS, LAST_STEPS, SUBJECTS
from bench.table import read
from svdiff_core.parameters.methods import CROSS_ATTENTION_KV, FULL, LORA, SVDIFF

NAMES = {BASE: "base, class name only", REAL: "renders of the subject itself", **TITLES}
HEADER = (
    *("method", *ALIGNED, "rate", "steps", "numbers", "bytes"),
    *("of all weights' file", "of LoRA's file", "a step, of SVDiff's"),
)
PAR, PAR_TEXT = 0.95, 0.99  # of full fine-tuning's alignment; below 1 % of text is less than the standard error
SHOWN = 4  # subjects on the sheet

TEXT = """
## Text and image alignment

{subjects} held-out subjects, eight prompts each, two seeds; mean ± standard error over subjects. The settings of
every method come from the same sweeps on other subjects, each time the best mean of the two alignments: a
[coarse](../../bench/results/report/coarse_sweep.csv) one ({coarse}; three rates, 200 to 600 steps), a
[fine](../../bench/results/report/fine_sweep.csv) one ({fine}; two rates, {steps} steps), and with the rate that this
chose a [last](../../bench/results/report/last_sweep.csv) one ({fine}; {last_steps} steps). The first two had the
paper's prior, 32 pictures of the class alone, and the last step's result. The last one and the table have 64 pictures,
half of them with [companions](../methods.md#the-prior), and the mean over steps (`ema_decay` {ema:g}). The band takes
SVDiff's. All else is common: batch 4, prior of weight 0.5, denoiser and text encoder (but for keys and values: the
denoiser alone) and noise.

{table}

SVDiff reaches **{image:.1%}** of full fine-tuning's image alignment at **{text:.1%}** of its text alignment, in
1/{smaller:.0f} of its file and {of_lora:.2f} of LoRA's.

![text against image alignment](alignment.png)

![pictures of {shown} by every method](comparison.jpg)
"""


def section(rows: Sequence[Row]) -> Section:
    """The alignment figure."""
    rows = sorted(rows, key=lambda row: list(NAMES).index(row["method"]))  # those of a subject keep their order
    found = means(rows, "method", ALIGNED)
    facts = {method: group[0] for method, group in grouped(rows, "method").items()}
    table = [line(method, values, facts) for method, values in found.items()]
    write_csv(REPORT / "comparison.csv", HEADER, table)
    plots.alignment({NAMES[method]: values for method, values in found.items()}, REPORT / "alignment.png")
    words = list(grouped(rows, "subject"))
    lines = [(NAMES[method], f"{word} {method}") for word in words[:SHOWN] for method in NAMES]
    sheet(lines, REPORT / "comparison.jpg")
    size, full, lora = (int(facts[method]["bytes"]) for method in (SVDIFF, FULL, LORA))
    image, text = (share(found, name) for name in ALIGNED)
    return Section(
        TEXT.format(
            subjects=len(words),
            coarse=", ".join(COARSE_SUBJECTS),
            fine=", ".join(SUBJECTS),
            steps=", ".join(map(str, FINE_STEPS)),
            last_steps=", ".join(map(str, LAST_STEPS)),
            table=markdown(HEADER, table),
            ema=EMA_DECAY,
            image=image,
            text=text,
            smaller=full / size,
            of_lora=size / lora,
            shown=", ".join(words[:SHOWN]),
        ),
        verdicts(found, image, text),
    )


def share(found: Mapping[str, Mapping[str, Mean]], alignment: str) -> float:
    """SVDiff's, of full fine-tuning's."""
    return found[SVDIFF][alignment].value / found[FULL][alignment].value


def line(method: str, values: Mapping[str, Mean], facts: Mapping[str, Row]) -> list[object]:
    """A row of the table; the ends of the scale have no size."""
    if method not in TITLES:
        return [NAMES[method], *values.values(), *[""] * (len(HEADER) - 3)]
    size, full, lora = (int(facts[name]["bytes"]) for name in (method, FULL, LORA))
    setting = chosen(method)
    return [
        NAMES[method],
        *values.values(),
        f"{setting.rate:g}",
        setting.steps,
        facts[method]["parameters"],
        size,
        f"1/{full / size:.0f}",
        f"{size / lora:.2f}",
        speeds()[method],
    ]


def verdicts(found: Mapping[str, Mapping[str, Mean]], image: float, text: float) -> tuple[Verdict, ...]:
    """What the paper reads off its figure."""
    ours, kv, lora = (found[method] for method in (SVDIFF, CROSS_ATTENTION_KV, LORA))
    return (
        Verdict(
            "SVDiff is on a par with DreamBooth on both alignments, as the base draws",
            f"{image:.1%} of its image and {text:.1%} of its text alignment",
            image >= PAR and text >= PAR_TEXT,
        ),
        Verdict(
            "Custom Diffusion has high text and low image alignment",
            f"text {kv['text']} and image {kv['image']}; SVDiff {ours['text']} and {ours['image']}",
            kv["text"].value >= ours["text"].value and kv["image"].value < ours["image"].value,
        ),
        Verdict(
            "LoRA underfits beside SVDiff",
            f"LoRA's image alignment is {lora['image']}, SVDiff's {ours['image']}",
            lora["image"].value < ours["image"].value,
        ),
    )


def speeds() -> dict[str, str]:
    """Seconds of a step by method, of SVDiff's, as another program measures them side by side."""
    rows = read(ROOT / "bench" / "results" / "parameter_spaces.csv")
    return {row["method"]: row["of_svdiff"] for row in rows}
