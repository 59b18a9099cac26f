"""Text against image alignment of every method, with sizes and speeds."""

from collections.abc import Mapping, Sequence

from bench.report.comparison import BASE, REAL, late_strip
from bench.report.contenders import (
    CALM,
    CALM_REST,
    CALM_STEPS,
    COARSE_SUBJECTS,
    EMA_DECAY,
    FINE_STEPS,
    FINE_SUBJECTS,
    LAST_STEPS,
    TITLES,
    chosen,
    chosen_start,
    method_of,
    scores,
    swept,
)
from bench.report.render import plots
from bench.report.render.sheets import sheet
from bench.report.render.tables import Mean, Row, grouped, markdown, means, write_csv
from bench.report.render.verdicts import Section, Verdict
from bench.report.studio import REPORT, ROOT
from bench.table import read
from svdiff_core.methods import CROSS_ATTENTION_KV, FULL, LORA, SVDIFF

NAMES = {BASE: "base, class name only", REAL: "renders of the subject itself", **TITLES}
ALIGNMENTS = ("image", "text", "late_image", "late_text")
HEADER = (
    *("method", "image", "text", "late image", "late text", "rate", "rest", "steps", "numbers", "bytes"),
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

*{calm_name}* is SVDiff with vectors and the text encoder at {calm:g} of the rate, from a
[sweep](../../bench/results/report/calm_sweep.csv) of {calm_steps} steps ({fine}). There it has {calm_swept:.3f}, as the
mean of the two alignments, against {swept:.3f} in the last sweep; on the held-out subjects it trades look for words.
LoRA and all weights did worse in that sweep than in the last.

*Late* is what the same trainings give where they [begin](../shifts.md#when-shifts-begin) after {start:.0%} of a
drawing's steps, which [SVDiff's own sweep](../../bench/results/report/start_sweep.csv) chose.

{table}

SVDiff reaches **{image:.1%}** of full fine-tuning's image alignment at **{text:.1%}** of its text alignment, in
1/{smaller:.0f} of its file; begun late, as is cheap for a shift, **{late_image:.1%}** at **{late_text:.1%}** of what
full weights have that begin at once, and {same_image:.1%} at {same_text:.1%} of such that begin late as well.

![text against image alignment](alignment.png)

![pictures of {shown} by every method](comparison.jpg)
"""


def section(rows: Sequence[Row]) -> Section:
    """The alignment figure."""
    rows = sorted(rows, key=lambda row: list(NAMES).index(row["method"]))  # those of a subject keep their order
    found = aligned(rows)
    facts = {method: group[0] for method, group in grouped(rows, "method").items()}
    table = [line(method, values, facts) for method, values in found.items()]
    write_csv(REPORT / "comparison.csv", HEADER, table)
    late = {f"{NAMES[m]}, late": (found[m]["late_text"], found[m]["late_image"]) for m in (SVDIFF, FULL)}
    at_once = {NAMES[m]: (v["text"], v["image"]) for m, v in found.items()}
    plots.scatter(at_once | late, REPORT / "alignment.png")
    words = list(grouped(rows, "subject"))
    sheet([strip for word in words[:SHOWN] for strip in strips(word)], REPORT / "comparison.jpg")
    image, text = (share(found, name, name) for name in ("image", "text"))
    return Section(
        TEXT.format(
            subjects=len(words),
            coarse=", ".join(COARSE_SUBJECTS),
            fine=", ".join(FINE_SUBJECTS),
            steps=", ".join(map(str, FINE_STEPS)),
            last_steps=", ".join(map(str, LAST_STEPS)),
            calm_steps=", ".join(map(str, CALM_STEPS)),
            calm=CALM_REST,
            calm_name=TITLES[CALM],
            calm_swept=max(scores(swept(CALM)).values()),
            swept=max(scores(swept(SVDIFF)).values()),
            table=markdown(HEADER, table),
            ema=EMA_DECAY,
            start=chosen_start(),
            image=image,
            text=text,
            late_image=share(found, "late_image", "image"),
            late_text=share(found, "late_text", "text"),
            same_image=share(found, "late_image", "late_image"),
            same_text=share(found, "late_text", "late_text"),
            smaller=int(facts[FULL]["bytes"]) / int(facts[SVDIFF]["bytes"]),
            shown=", ".join(words[:SHOWN]),
        ),
        verdicts(found, image, text),
    )


def strips(word: str) -> list[tuple[str, str]]:
    """The lines of a subject on the sheet: what is written, and the name of the pictures."""
    late = (f"{NAMES[SVDIFF]}, late", late_strip(f"{word} {SVDIFF}"))
    return [*((NAMES[method], f"{word} {method}") for method in (REAL, BASE, *TITLES)), late]


def aligned(rows: Sequence[Row]) -> dict[str, dict[str, Mean]]:
    """Means by method; what was not learned has nothing that could begin late."""
    ends, learned = ([row for row in rows if (row["method"] in TITLES) is it] for it in (False, True))
    return means(ends, "method", ALIGNMENTS[:2]) | means(learned, "method", ALIGNMENTS)


def share(found: Mapping[str, Mapping[str, Mean]], ours: str, theirs: str, contender: str = SVDIFF) -> float:
    """Of full fine-tuning's."""
    return found[contender][ours].value / found[FULL][theirs].value


def line(method: str, values: Mapping[str, Mean], facts: Mapping[str, Row]) -> list[object]:
    """A row of the table; the ends of the scale have no size."""
    if method not in TITLES:
        return [NAMES[method], values["image"], values["text"], *[""] * (len(HEADER) - 3)]
    size, full, lora = (int(facts[name]["bytes"]) for name in (method, FULL, LORA))
    setting = chosen(method)
    share = f"1/{full / size:.0f}", f"{size / lora:.2f}", speeds()[method_of(method)]
    return [
        NAMES[method],
        *(values[name] for name in ALIGNMENTS),
        f"{setting.rate:g}",
        f"{setting.rest:g}",
        setting.steps,
        facts[method]["parameters"],
        size,
        *share,
    ]


def verdicts(found: Mapping[str, Mapping[str, Mean]], image: float, text: float) -> tuple[Verdict, ...]:
    """What the paper reads off its figure."""
    ours, kv, lora = (found[method] for method in (SVDIFF, CROSS_ATTENTION_KV, LORA))
    return (
        Verdict(
            "SVDiff is on a par with DreamBooth on both alignments",
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
