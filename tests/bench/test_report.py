"""The report's measure of two subjects, and its stored results."""

import pytest
import torch
from torch import Tensor

from bench.report.__main__ import STAGES
from bench.report.choices import chosen, chosen_drawing, chosen_so_drawn
from bench.report.render.sections.weights import image_at
from bench.report.stage import ReportStage
from bench.report.sweeps import FINE, GUIDANCES, LAST_STEPS, RESTS, STARTS
from bench.report.two_looks import two_looks
from svdiff_core.emoji.evaluation.renders import Renders
from svdiff_core.emoji.judge import Judge

PAIR = ("bear", "lion")


def both(renders: Renders) -> Tensor:
    """Real renders of the pair, (n, 3, 64, 64)."""
    return renders.pairs.pictures[[i for i, things in enumerate(renders.pairs.things) if set(things) == set(PAIR)]]


def test_real_renders_of_two_subjects_have_both_looks(renders: Renders, judge: Judge) -> None:
    """In whichever order, and mirrored."""
    pictures = both(renders)
    assert len(pictures)
    for shown in (pictures, pictures.flip(-1)):
        found = two_looks(judge, shown, PAIR, [renders.subjects.of(word) for word in PAIR])
        assert (found.own, found.same) == (1.0, 0.0)
        assert found.alignment > 0.8


def test_one_subject_twice_is_one_look(renders: Renders, judge: Judge) -> None:
    """The left half beside its mirror image."""
    left = both(renders)[..., :32]
    found = two_looks(
        judge, torch.cat([left, left.flip(-1)], dim=-1), PAIR, [renders.subjects.of(word) for word in PAIR]
    )
    assert (found.own, found.same) == (0.0, 1.0)


@pytest.mark.parametrize("stage", STAGES, ids=lambda stage: stage.name)
def test_the_stored_results_are_complete(stage: ReportStage) -> None:
    """What `make report` renders needs no training."""
    assert stage.missing() == []


@pytest.mark.parametrize("method", FINE)
def test_every_methods_settings_were_swept(method: str) -> None:
    """Rates, steps, start and guidance come from the tables."""
    rates = FINE[method]
    as_base, own = chosen(method), chosen_so_drawn(method)
    assert (as_base.rate in rates, as_base.steps in LAST_STEPS, as_base.rest) == (True, True, 1)
    assert (own.rate in rates, own.steps == as_base.steps, own.rest in RESTS) == (True, True, True)
    drawing = chosen_drawing(method)
    assert (drawing.guidance in GUIDANCES, drawing.start in STARTS) == (True, True)


def test_the_image_alignment_at_a_text_alignment_is_read_off_the_line() -> None:
    """Between two points, at the best of those that have more text, or nowhere."""
    curve = [(0.8, 0.5), (0.7, 0.7), (0.6, 0.8)]
    assert image_at(curve, 0.65) == pytest.approx(0.75)
    assert image_at(curve, 0.5) == 0.8
    assert image_at(curve, 0.9) == 0
