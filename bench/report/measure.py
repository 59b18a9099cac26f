"""How a subject's personalized pictures are measured: eight prompts from two seeds, text and image alignment."""

from collections.abc import Sequence
from typing import Any

from bench.report.studio import AS_BASE, Drawing, Learned, Studio, save_strip
from svdiff_core.emoji.evaluation.prompts import with_article

SEEDS = (7, 107)


def measured(
    studio: Studio,
    word: str,
    thing: str,
    learned: Learned | None,
    strip: str | None = None,
    seeds: Sequence[int] = SEEDS,
    drawing: Drawing = AS_BASE,
) -> dict[str, Any]:
    """Mean alignments of "a photo of <thing> <place>" with "a <word> <place>" and with the subject's own pictures.

    The first seed's pictures are kept as a strip, if it has a name.
    """
    prompts, plain = studio.prompts(thing), studio.prompts(with_article(word))
    sets = [studio.sample(prompts, learned, seed, drawing) for seed in seeds]
    if strip is not None:
        save_strip(strip, sets[0])
    return {
        "image": round(sum(studio.image_alignment(one, word) for one in sets) / len(seeds), 4),
        "text": round(sum(studio.text_alignment(one, plain) for one in sets) / len(seeds), 4),
    }
