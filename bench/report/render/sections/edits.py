"""One picture under other words, and how exactly inversion brings it back."""

from collections.abc import Sequence

from bench.report.contenders import TITLES
from bench.report.edits import BACK, BACK_PLAIN, FRESH, INVERTED, METHODS, PICTURES, STEPS, TARGETS
from bench.report.render.sheets import sheet
from bench.report.render.tables import Row, markdown, mean_of, means, where, write_csv
from bench.report.render.verdicts import Section, Verdict
from bench.report.studio import REPORT
from svdiff_core.parameters.methods import LORA, SVDIFF

HEADER = ("way", "method", "text", "alignment with the picture", "difference of pixels")
PSNR = ("psnr_latent", "psnr_picture", "psnr_autoencoder")

TEXT = """
## One picture under other words

Each of {pictures} pictures learned from its description alone, then drawn under four others: *fresh* from fresh noise
(guidance 4), *inverted* from the picture's own (guidance 3, η 0, no slerp). Mean ± standard error over pictures
([pictures](edits.jpg)).

{table}

![edits of three pictures](edits.jpg)

**Inversion** by SVDiff with the picture's own description, guidance 1 both ways, η 0, no slerp, {steps} steps; PSNR
in decibels, mean ± standard error over pictures. "no refinements" is the plain DDIM inversion.

{inversion}
"""


def section(rows: Sequence[Row]) -> Section:
    """Edits of every method in both ways."""
    table = [
        (way, TITLES[method], values["text"], values["image"], values["pixels"])
        for way in (FRESH, INVERTED)
        for method, values in means(where(rows, way=way), "method", ("text", "image", "pixels")).items()
    ]
    write_csv(REPORT / "edits.csv", HEADER, table)
    sheet([line for word in PICTURES for line in _lines(word)], REPORT / "edits.jpg", columns=4)
    back = [
        (way, *(mean_of(where(rows, way=way, method=SVDIFF), field) for field in PSNR)) for way in (BACK, BACK_PLAIN)
    ]
    header = ("", "against the autoencoder's picture", "against the picture itself", "the autoencoder's own")
    text = TEXT.format(
        pictures=len(PICTURES), table=markdown(HEADER, table), steps=STEPS, inversion=markdown(header, back)
    )
    return Section(text, verdicts(rows))


def verdicts(rows: Sequence[Row]) -> tuple[Verdict, ...]:
    """What the paper shows in pictures."""
    fresh, inverted = (means(where(rows, way=way), "method", ("image", "pixels")) for way in (FRESH, INVERTED))
    pixels = inverted[SVDIFF]["pixels"].value, fresh[SVDIFF]["pixels"].value
    ours, lora = fresh[SVDIFF]["image"], fresh[LORA]["image"]
    return (
        Verdict(
            "inversion keeps the picture's structure",
            f"edits differ from it by {pixels[0]:.3f} a pixel with and {pixels[1]:.3f} without inversion",
            pixels[0] < pixels[1],
        ),
        Verdict(
            "LoRA underfits the picture in edits",
            f"alignment with the picture, without inversion: LoRA {lora}, SVDiff {ours}",
            lora.value < ours.value,
        ),
    )


def _lines(word: str) -> list[tuple[str, str]]:
    strips = [(f"{way}, {method}", f"{word} edit {method} {way}") for way in (FRESH, INVERTED) for method in METHODS]
    return [(" · ".join(target.removeprefix("a photo of ") for target in TARGETS[word]), ""), *strips]
