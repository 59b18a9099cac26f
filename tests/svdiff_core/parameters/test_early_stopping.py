"""The rule by which a training is ended, without a training."""

from typing import Any, cast

import pytest

from svdiff_core.errors import RecipeInvalid
from svdiff_core.parameters.early_stopping import Check, StopRule


def checks(*scores: float) -> list[Check]:
    """Checks after 10, 20, … steps."""
    return [Check(10 * number, score, score, score) for number, score in enumerate(scores, start=1)]


def kept(rule: StopRule, *scores: float) -> int:
    """The step that the rule keeps."""
    best = rule.best(checks(*scores))
    assert best is not None
    return best.step


def test_checks_are_due_at_the_cadence_and_at_the_end() -> None:
    """Never before the first step; the last step is measured whatever its number."""
    rule = StopRule(every=3)
    assert [step for step in range(9) if rule.due(step, 8)] == [3, 6, 8]


def test_the_score_weighs_text_against_image() -> None:
    """By default it is the mean."""
    assert StopRule().check(5, 0.2, 0.6) == Check(5, 0.2, 0.6, cast("float", pytest.approx(0.4)))
    assert StopRule(text_weight=0.75).check(5, 0.2, 0.6).score == pytest.approx(0.3)
    assert StopRule(text_weight=1).check(5, 0.2, 0.6).score == 0.2


def test_a_rule_stops_after_so_many_checks_in_a_row_without_improvement() -> None:
    """An improvement in between begins the count anew; equal is no improvement."""
    rule = StopRule(patience=2)
    assert not rule.stops([])
    assert not rule.stops(checks(0.5, 0.4))
    assert rule.stops(checks(0.5, 0.4, 0.3))
    assert rule.stops(checks(0.5, 0.5, 0.5))
    assert not rule.stops(checks(0.5, 0.4, 0.6, 0.5))
    assert rule.stops(checks(0.5, 0.4, 0.6, 0.5, 0.6))


def test_the_best_check_is_kept_and_of_equal_ones_the_first() -> None:
    """Later and worse checks change nothing."""
    assert StopRule().best([]) is None
    assert kept(StopRule(), 0.1, 0.3, 0.3, 0.2) == 20


def test_an_improvement_must_be_larger_than_min_delta() -> None:
    """Small ones that add up to a large one count once they do."""
    rule = StopRule(min_delta=0.1, patience=3)
    assert kept(rule, 0.5, 0.55, 0.58) == 10
    assert kept(rule, 0.5, 0.55, 0.61) == 30
    assert not rule.stops(checks(0.5, 0.55, 0.59))
    assert rule.stops(checks(0.5, 0.55, 0.58, 0.59))


@pytest.mark.parametrize(
    ("field", "value"),
    [("every", 0), ("patience", 0), ("min_delta", -0.1), ("min_delta", float("nan")), ("text_weight", 1.1)],
)
def test_a_rule_that_means_nothing_is_refused(field: str, value: float) -> None:
    """The error names the setting."""
    with pytest.raises(RecipeInvalid) as refused:
        StopRule(**dict[str, Any]({field: value}))
    assert refused.value.field == field
