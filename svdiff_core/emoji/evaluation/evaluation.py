"""All rows of the table, one after the other."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from svdiff_core.base import Base
from svdiff_core.emoji.evaluation import base_rows, personalization
from svdiff_core.emoji.evaluation.base_rows import BaseSamples
from svdiff_core.emoji.evaluation.figures import Figure
from svdiff_core.emoji.evaluation.personalization import PersonalizedCase
from svdiff_core.emoji.evaluation.renders import Renders
from svdiff_core.emoji.evaluation.sampling import Progress, SamplingSettings
from svdiff_core.emoji.judge import Judge
from svdiff_core.parameters.recipe import Recipe


@dataclass(frozen=True)
class Evaluation:
    """The rows, and the pictures they were measured on."""

    figures: tuple[Figure, ...]
    samples: BaseSamples
    personalized: tuple[PersonalizedCase, ...]


def evaluate(
    base: Base,
    judge: Judge,
    renders: Renders,
    count: int,
    words: Sequence[str],
    settings: SamplingSettings,
    progress: Progress,
) -> Evaluation:
    """Measure a base over `count` pictures a row, and fine-tune it on each of the words' held-out subjects."""
    recipe = Recipe.from_mapping(base.recipe.fine_tune)
    seconds = base_rows.seconds_row(base, settings)  # first: a machine that has worked for minutes may have slowed down
    samples = base_rows.sample_base(base, renders, count, settings, progress)
    cases = (personalization.prepare(base, renders, word, recipe, settings, progress) for word in words)
    personalized = tuple(personalization.personalize(base, case, recipe, settings, progress) for case in cases)

    def rows() -> Iterator[Figure]:
        yield from base_rows.judge_rows(judge, renders)
        yield from base_rows.accuracy_rows(judge, samples)
        yield base_rows.psnr_row(base, renders.held_out)
        yield seconds
        if personalized:
            yield from personalization.rows([personalization.align(judge, each) for each in personalized])

    return Evaluation(tuple(rows()), samples, personalized)
