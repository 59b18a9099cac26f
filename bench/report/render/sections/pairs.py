"""Two subjects in one picture."""

from collections.abc import Mapping, Sequence

from bench.report.pairs import ADDED, CUT_MIX, FULL_UNMIXED, JOINT, PAIRS, TRAININGS, UNMIXED, WAYS
from bench.report.render.sheets import sheet
from bench.report.render.tables import Mean, Row, markdown, mean_of, where, write_csv
from bench.report.render.verdicts import Section, Verdict
from bench.report.studio import REPORT
from bench.report.two_looks import OWN_LOOK

SHARES = ("present", "own", "same")
FIELDS = (*SHARES, "alignment", "attention_own", "attention_other")
HEADER = ("pair", "way", "both nouns", "own looks", "one look twice", "alignment", "attention, own half", "other half")
GAIN, LOWER = 0.15, 0.3  # what counts as an effect: points of own looks, share of attention

TEXT = """
## Two subjects in one picture

A similar pair and a dissimilar one, trained by the base's own recipe ({steps} steps; its weight of the unmix loss was
chosen on cat and bear) from {trainings} seeds; mean ± standard error over trainings. Of each training 32
pictures, of "a sks lion next to a zwx monkey on the beach" and the like, a wording that no training shows. *Both
nouns*: the judge finds the two nouns, one in each half. *Own looks*: the subjects are in different halves, each
nearer to its own pictures than to the other's, and at least {own_look} aligned with them (real renders of two things:
0.85 or more in 95 of 100 halves; other things: 0.62 or less). *One look twice*: both halves are nearer to the same
subject. Attention is that of the special tokens, mean over a half of stitched pictures.

{table}

![two subjects by every way of combining them](pairs.jpg)
"""


def section(rows: Sequence[Row]) -> Section:
    """Numbers and pictures of both pairs, verdicts of the similar one."""
    found = {(pair, way): means_of(where(rows, pair=pair, way=way)) for pair in PAIRS for way in WAYS}
    table = [[*place, *(told(field, value) for field, value in means.items())] for place, means in found.items()]
    write_csv(REPORT / "pairs.csv", HEADER, table)
    shown: list[tuple[str, str]] = []
    for pair in PAIRS:
        shown += [(pair, ""), *((way, f"{pair} {way}") for way in WAYS)]
    sheet(shown, REPORT / "pairs.jpg")
    text = TEXT.format(
        own_look=OWN_LOOK,
        trainings=" and ".join(str(len(seeds)) for seeds in TRAININGS.values()),
        steps=where(rows, way=JOINT)[0]["steps"],
        table=markdown(HEADER, table),
    )
    return Section(text, verdicts({way: found[PAIRS[0], way] for way in WAYS}))


def means_of(rows: Sequence[Row]) -> dict[str, Mean]:
    """Over trainings."""
    return {field: mean_of(rows, field) for field in FIELDS}


def told(field: str, found: Mean) -> str:
    """Shares as percent, attention with the digits that it has."""
    if field in SHARES:
        return f"{found.value:.1%} ± {found.error:.1%}"
    return f"{found.value:.5f}" if field.startswith("attention") else str(found)


def verdicts(by_way: Mapping[str, Mapping[str, Mean]]) -> tuple[Verdict, ...]:
    """Of the similar pair."""
    own = {way: found["own"].value for way, found in by_way.items()}
    attention = 1 - by_way[UNMIXED]["attention_other"].value / by_way[CUT_MIX]["attention_other"].value
    return (
        Verdict(
            f"Cut-Mix-Unmix keeps two similar subjects ({PAIRS[0]}) apart",
            f"both there with their own looks in {own[JOINT]:.0%} of pictures without it, {own[CUT_MIX]:.0%} with "
            f"Cut-Mix, {own[UNMIXED]:.0%} with the unmix loss too; {own[ADDED]:.0%} where two shifts are added",
            own[UNMIXED] - own[JOINT] >= GAIN,
        ),
        Verdict(
            "the unmix loss keeps special tokens off the other subject's half",
            f"their attention there is {attention:.0%} lower",
            attention >= LOWER,
        ),
        Verdict(
            "with Cut-Mix-Unmix, shifts beat full weights (preferred in 60.9 % of pairs)",
            f"own looks in {own[UNMIXED]:.0%} of pictures against {own[FULL_UNMIXED]:.0%}",
            own[UNMIXED] > own[FULL_UNMIXED],
        ),
    )
