"""The report's measure of two subjects, and its stored results."""

import pytest
import torch
from torch import Tensor

from bench.report.__main__ import STAGES
from bench.report.contenders import (
    CALM,
    CALM_STEPS,
    DRAWN,
    FINE,
    GUIDANCES,
    LAST_STEPS,
    STARTS,
    chosen,
    chosen_drawing,
    chosen_start,
)
from bench.report.stage import Stage
from bench.report.two_looks import two_looks
from svdiff_core.evaluation.renders import Renders
from svdiff_core.judge import Judge

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
def test_the_stored_results_are_complete(stage: Stage) -> None:
    """What `make report` renders needs no training."""
    assert stage.missing() == []


def test_every_methods_setting_is_one_that_was_swept() -> None:
    """Rates, steps and start come from the tables."""
    for method, rates in FINE.items():
        setting = chosen(method)
        assert setting.rate in rates
        assert setting.steps in LAST_STEPS
    assert chosen(CALM).steps in CALM_STEPS
    for method in DRAWN:
        drawing = chosen_drawing(method)
        assert drawing.guidance in GUIDANCES
        assert drawing.start in {0.0, *STARTS}
    assert chosen_start() in STARTS
